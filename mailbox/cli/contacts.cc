#include "mailbox/cli/contacts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "mailbox/cli/explain.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/terminal.h"
#include "mailbox/domain/vcard.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

std::string Contacts(uint64_t count) {
  return count == 1 ? "1 contact" : Thousands(count) + " contacts";
}

std::string Numbers(uint64_t count) {
  return count == 1 ? "1 number or address" : Thousands(count) + " numbers or addresses";
}

template <class Texts>
std::string Joined(const Texts& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + Printable(text);
  return joined;
}

}  // namespace

void ImportContacts(const Client& client, const std::string& mailbox, const std::string& file,
                    bool dry_run) {
  v1::ImportContactsRequest request;
  request.set_mailbox(mailbox);
  request.set_file(ReadWhole(file, domain::kMaxVcardFile));
  request.set_dry_run(dry_run);
  const v1::ImportContactsResponse taken = client.ImportContacts(request);
  fmt::print("{}: {} {}, with {}, instead of {}.{}\n", Printable(taken.mailbox()),
             Contacts(taken.contacts()), dry_run ? "would be taken" : "taken",
             Numbers(taken.numbers()), Thousands(taken.before()),
             dry_run ? " Dry run: nothing was changed." : "");
  const uint64_t skipped = uint64_t{taken.contacts_skipped()} + taken.numbers_skipped();
  if (skipped == 0) return;
  fmt::print("Left out: {}, and {} of others.\n", Contacts(taken.contacts_skipped()),
             Numbers(taken.numbers_skipped()));
  for (const auto& each : taken.skipped()) {
    fmt::print("  line {}: {}\n", each.line(), Printable(each.why()));
  }
  if (skipped > static_cast<uint64_t>(taken.skipped_size())) {
    fmt::print("  ... and {} more\n",
               Thousands(skipped - static_cast<uint64_t>(taken.skipped_size())));
  }
}

void ListContacts(const Client& client, const ContactsOptions& options) {
  v1::ListContactsRequest request;
  request.set_mailbox(options.mailbox);
  request.set_search(options.search);
  v1::ListContactsResponse all;
  uint32_t left = options.all ? UINT32_MAX : options.limit;
  do {
    request.set_page_size(std::min<uint32_t>(left, 1000));
    const v1::ListContactsResponse page = client.ListContacts(request);
    left -= std::min(left, static_cast<uint32_t>(page.contacts_size()));
    request.set_page_token(page.next_page_token());
    all.set_mailbox(page.mailbox());
    all.set_total(page.total());
    all.mutable_contacts()->MergeFrom(page.contacts());
  } while (left > 0 && !request.page_token().empty());
  if (options.json) return static_cast<void>(fputs(ToApiJson(all).c_str(), stdout));
  if (all.contacts().empty()) return static_cast<void>(puts("Nobody."));
  std::vector<std::vector<std::string>> rows;
  for (const v1::Contact& contact : all.contacts()) {
    rows.push_back(
        {Printable(contact.name()), Joined(contact.numbers()), Joined(contact.addresses())});
  }
  fputs(Table({"NAME", "TELEPHONE", "ADDRESS"}, rows, TerminalWidth()).c_str(), stdout);
  if (all.total() > static_cast<uint32_t>(all.contacts_size())) {
    fmt::print(stderr, "{} of {}; --all shows all\n",
               Thousands(static_cast<uint64_t>(all.contacts_size())), Thousands(all.total()));
  }
}

void ClearContacts(const Client& client, const std::string& mailbox, bool dry_run) {
  v1::ClearContactsRequest request;
  request.set_mailbox(mailbox);
  request.set_dry_run(dry_run);
  const v1::ClearContactsResponse gone = client.ClearContacts(request);
  fmt::print("{}: {} {}.\n", Printable(gone.mailbox()), Contacts(gone.contacts()),
             dry_run ? "would be removed. Dry run: nothing was changed" : "removed");
}

void TestContact(const Client& client, const std::string& mailbox, const std::string& number,
                 bool json) {
  const v1::TestContactResponse tested = client.TestContact(mailbox, number);
  if (json) return static_cast<void>(fputs(ToApiJson(tested).c_str(), stdout));
  const std::string whose = Printable(tested.mailbox());
  if (!tested.name().empty()) {
    fmt::print("{}: {}.\n", whose, Printable(tested.name()));
  } else if (tested.known().empty()) {
    fmt::print("{}: nobody.\n", whose);
  } else {
    fmt::print("{}: nobody, because several have it: {}.\n", whose, Joined(tested.known()));
  }
}

}  // namespace um::cli
