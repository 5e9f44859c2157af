#include "mailbox/cli/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

constexpr uint32_t kMostPage = 1000;

/// Pages, until `limit` items are there; 0: all.
v1::ListQueueResponse Collect(const Client& client, bool failed, uint32_t limit) {
  v1::ListQueueResponse all;
  v1::ListQueueRequest request;
  request.set_failed(failed);
  do {
    const auto have = static_cast<uint32_t>(all.items_size());
    request.set_page_size(limit == 0 ? kMostPage : std::min(limit - have, kMostPage));
    v1::ListQueueResponse page = client.ListQueue(request);
    for (v1::QueueItem& item : *page.mutable_items()) all.add_items()->Swap(&item);
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!all.next_page_token().empty() &&
           (limit == 0 || static_cast<uint32_t>(all.items_size()) < limit));
  return all;
}

std::string State(const v1::QueueItem& item) {
  if (item.state() == "undeliverable") return "undeliverable: " + Printable(item.last_error());
  if (item.state() != "stored") return item.state();
  if (item.attempts() == 0) return "waits";
  return fmt::format("tried {}, next {}: {}", Times(item.attempts()), Time(item.next_attempt()),
                     Printable(item.last_error()));
}

}  // namespace

void ListQueue(const Client& client, const QueueListOptions& options) {
  const v1::ListQueueResponse response =
      Collect(client, options.failed, options.all ? 0 : options.limit);
  if (options.json) return static_cast<void>(fputs(ToApiJson(response).c_str(), stdout));
  if (response.items().empty()) {
    puts(options.failed ? "Nothing is undeliverable." : "Nothing waits to be mailed.");
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::QueueItem& item : response.items()) {
    rows.push_back({item.id(), Time(item.queued()), item.kind(), Printable(item.mailbox()),
                    Printable(item.address()), State(item)});
  }
  fputs(
      Table({"ID", "SINCE (UTC)", "KIND", "MAILBOX", "TO", "STATE"}, rows, TerminalWidth()).c_str(),
      stdout);
  if (!response.next_page_token().empty()) {
    fprintf(stderr, "The first %d; --all shows all\n", response.items_size());
  }
}

void ShowQueueItem(const Client& client, const std::string& id, bool json) {
  const v1::QueueItem item = client.ShowQueueItem(id);
  if (json) return static_cast<void>(fputs(ToApiJson(item).c_str(), stdout));
  const auto line = [](const char* what, const std::string& value) {
    if (!value.empty()) fmt::print("{:<14} {}\n", what, Printable(value));
  };
  line("id", item.id());
  line("kind", item.kind());
  line("state", item.state() == "stored" ? "waits" : item.state());
  line("organisation", item.organisation());
  line("mailbox", item.mailbox());
  line("to", item.address());
  line("redirected by", item.redirected_by());
  line("since", Time(item.queued()) + " UTC");
  line("attempts", fmt::format("{}", item.attempts()));
  line("last error", item.last_error());
  if (!item.next_attempt().empty()) line("next attempt", Time(item.next_attempt()) + " UTC");
  line("trace", item.trace_id());
}

void RetryQueue(const Client& client, const std::string& id) {
  v1::RetryItemsRequest request;
  request.set_id(id);
  request.set_all_failed(id.empty());
  const uint64_t retried = client.RetryQueue(request).retried();
  if (retried == 0) {
    puts("Nothing is undeliverable.");
  } else {
    fmt::print("{} {} due now.\n", Thousands(retried), retried == 1 ? "mail is" : "mails are");
  }
}

void RedirectQueueItem(const Client& client, const std::string& id, const std::string& address) {
  v1::RedirectItemRequest request;
  request.set_id(id);
  request.set_address(address);
  const v1::QueueItem item = client.RedirectQueueItem(request);
  fmt::print("{} goes to {}, and is due now.\n", item.id(), Printable(item.address()));
}

}  // namespace um::cli
