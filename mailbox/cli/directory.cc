#include "mailbox/cli/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "mailbox/cli/changes.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/options.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

template <class Texts>
std::string Joined(const Texts& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + Printable(text);
  return joined;
}

/// "1,234 people, read 12 min ago".
std::string Summary(const v1::DirectoryStatus& d) {
  if (d.as_of().empty()) {
    return d.failure().empty() ? "not read yet" : "NEVER READ: " + Printable(d.failure());
  }
  const std::string read = fmt::format("{} {}, read {} ago", Thousands(d.people()),
                                       d.people() == 1 ? "person" : "people", Age(d.age_s()));
  return d.failure().empty()
             ? read
             : fmt::format("{}; SINCE THEN IN VAIN: {}", read, Printable(d.failure()));
}

void PrintStatus(const v1::DirectoryStatus& d) {
  fmt::print("directory      of organisation {}: {}\n", Printable(d.organisation()),
             Joined(d.urls()));
  fmt::print("copy           {}\n", Summary(d));
  if (!d.everybody_as_of().empty()) {
    fmt::print("everybody      read {} UTC\n", Time(d.everybody_as_of()));
  }
  fmt::print("mailboxes      {} follow a person\n", Thousands(d.followers()));
  if (d.concerns().empty()) return;
  fmt::print("to look at     {}\n", Thousands(static_cast<uint64_t>(d.concerns_size())));
  for (const auto& concern : d.concerns()) {
    fmt::print("  {}{}{}\n", Printable(concern.mailbox()), concern.mailbox().empty() ? "" : ": ",
               Printable(concern.text()));
  }
}

/// "people[Ann Archer].extension" as "Ann Archer: extension".
std::string WhereOfPerson(std::string_view path) {
  constexpr std::string_view kPeople = "people[";
  if (!path.starts_with(kPeople)) return path.empty() ? "" : "--" + std::string(path);
  const size_t end = path.rfind(']');
  if (end == std::string_view::npos) return std::string(path);
  const std::string name(path.substr(kPeople.size(), end - kPeople.size()));
  const std::string_view field = path.substr(end + 1);
  return field.empty() ? name : fmt::format("{}: {}", name, field.substr(1));
}

}  // namespace

void ListPeople(const Client& client, const PeopleOptions& options) {
  v1::ListPeopleRequest request;
  request.set_search(options.search);
  request.set_without_mailbox(options.without_mailbox);
  v1::ListPeopleResponse all;
  uint32_t left = options.all ? UINT32_MAX : options.limit;
  do {
    request.set_page_size(std::min<uint32_t>(left, 1000));
    const v1::ListPeopleResponse page = client.People(request);
    left -= std::min(left, static_cast<uint32_t>(page.people_size()));
    request.set_page_token(page.next_page_token());
    all.set_total(page.total());
    all.mutable_people()->MergeFrom(page.people());
  } while (left > 0 && !request.page_token().empty());
  if (options.json) return static_cast<void>(fputs(ToApiJson(all).c_str(), stdout));
  if (all.people().empty()) return static_cast<void>(puts("Nobody."));
  std::vector<std::vector<std::string>> rows;
  for (const v1::Person& person : all.people()) {
    rows.push_back({Printable(person.display_name()), Printable(person.alias()),
                    Printable(person.email()), Joined(person.telephones()),
                    person.disabled() ? "(disabled) " + Joined(person.mailboxes())
                                      : Joined(person.mailboxes())});
  }
  fputs(Table({"NAME", "ALIAS", "E-MAIL", "TELEPHONE", "MAILBOX"}, rows, TerminalWidth()).c_str(),
        stdout);
  if (all.total() > static_cast<uint32_t>(all.people_size())) {
    fmt::print(stderr, "{} of {}; --all shows all\n",
               Thousands(static_cast<uint64_t>(all.people_size())), Thousands(all.total()));
  }
}

void ShowPerson(const Client& client, const std::string& person, bool json) {
  const v1::Person p = client.Person(person);
  if (json) return static_cast<void>(fputs(ToApiJson(p).c_str(), stdout));
  const auto line = [](const char* title, const std::string& text) {
    if (!text.empty()) fmt::print("{:<14} {}\n", title, text);
  };
  line("name", Printable(p.display_name()) + (p.disabled() ? " (disabled)" : ""));
  line("alias", Printable(p.alias()));
  line("e-mail", Printable(p.email()));
  line("also", Joined(p.other_emails()));
  line("telephone", Joined(p.telephones()));
  line("mobile", Joined(p.mobiles()));
  line("directory id", Printable(p.id()));
  line("mailbox", p.mailboxes().empty() ? "none" : Joined(p.mailboxes()));
}

void RefreshDirectory(const Client& client, bool full) {
  PrintStatus(client.RefreshDirectory(full));
}

void ShowDirectories(const Client& client, bool json) {
  const v1::GetDirectoryStatusResponse response = client.Directories();
  if (json) return static_cast<void>(fputs(ToApiJson(response).c_str(), stdout));
  if (response.directories().empty()) {
    puts("This node has no directory: directories in um-mailbox.yaml name LDAP servers.");
  }
  for (const v1::DirectoryStatus& each : response.directories()) {
    if (&each != &response.directories(0)) puts("");
    PrintStatus(each);
  }
}

void ShowDirectoriesBriefly(const Client& client) {
  const auto response = client.TryDirectories();
  if (!response) return;
  for (const v1::DirectoryStatus& each : response->directories()) {
    fmt::print("directory      {}: {}\n", Printable(each.organisation()), Summary(each));
  }
}

void EnablePeople(const Client& client, const PeopleToEnable& whom, const std::string& policy,
                  bool dry_run, const v1::Welcome& welcome) {
  v1::EnableRequest request;
  request.mutable_people()->Assign(whom.people.begin(), whom.people.end());
  request.set_everybody(whom.everybody);
  request.set_extension(whom.extension);
  request.set_sip_resource_identifier(whom.sip_resource_identifier);
  request.set_id(whom.id);
  request.set_policy(policy);
  request.set_dry_run(dry_run);
  *request.mutable_welcome() = welcome;
  const Answer answer = client.EnablePeople(request);
  DieIfRefused(answer, WhereOfPerson);
  fputs(DiffText(answer.response.changed(), Coloured()).c_str(), stdout);
  const auto count = static_cast<uint64_t>(answer.response.changed_size());
  fmt::print("{}{} {} {}enabled.\n", dry_run ? "Dry run: " : "", Thousands(count),
             count == 1 ? "mailbox" : "mailboxes", dry_run ? "would be " : "");
}

}  // namespace um::cli
