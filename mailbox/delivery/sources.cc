#include <fmt/format.h>

#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/delivery/mail.h"
#include "mailbox/delivery/notice_mail.h"
#include "mailbox/delivery/source.h"

namespace um::delivery {
namespace {

using domain::WallTime;
using namespace std::chrono_literals;

// Until a notice that cannot be made is looked at again. Enabling a mailbox makes its notice due.
constexpr auto kWhileDisabled = std::chrono::microseconds(1h);
constexpr auto kSoon = std::chrono::microseconds(5s);

class Messages final : public Source {
 public:
  Messages(store::MessageStore& store, Originator originator)
      : store_(store), originator_(std::move(originator)) {}

  absl::StatusOr<std::optional<Item>> Lease(const std::string& owner, WallTime now,
                                            WallTime until) override {
    UM_ASSIGN_OR_RETURN(const std::vector<store::StoredMessage> leased,
                        store_.Lease(owner, now, until, 1));
    if (leased.empty()) return std::nullopt;
    const store::StoredMessage& message = leased.front();
    return Item{.id = message.call.message_id,
                .kind = std::string(domain::ToString(message.kind)),
                .trace = message.call.trace_id,
                .mailbox = message.call.extension,
                .recipient = message.address(),
                .attempts = message.attempts,
                .compose = [this, message] { return ComposeMail(store_, message, originator_); },
                .secret = nullptr};
  }
  store::DeliveryQueue& queue() override { return store_; }

 private:
  store::MessageStore& store_;
  const Originator originator_;
};

class NoticeMails final : public Source {
 public:
  NoticeMails(const Notices& notices, Originator originator)
      : notices_(notices), originator_(std::move(originator)) {}

  absl::StatusOr<std::optional<Item>> Lease(const std::string& owner, WallTime now,
                                            WallTime until) override {
    while (true) {
      UM_ASSIGN_OR_RETURN(const std::vector<store::StoredNotice> leased,
                          notices_.store->Lease(owner, now, until, 1));
      if (leased.empty()) return std::nullopt;
      const absl::StatusOr<NoticeFacts> facts = notices_.facts(leased.front());
      if (facts.ok()) return ItemOf(leased.front(), *facts);
      UM_RETURN_IF_ERROR(PutOff(leased.front(), now, facts.status()));
    }
  }
  store::DeliveryQueue& queue() override { return *notices_.store; }

 private:
  /// No PIN is made for a mail that is not to be sent now.
  absl::Status PutOff(const store::StoredNotice& notice, WallTime now, const absl::Status& why) {
    const bool disabled = absl::IsFailedPrecondition(why);
    log::Info("notice.put-off", {{"message", notice.id}, {"why", Message(why)}});
    return notices_.store->Retry(notice.id, now + (disabled ? kWhileDisabled : kSoon),
                                 Message(why));
  }

  Item ItemOf(const store::StoredNotice& notice, const NoticeFacts& facts) const {
    const auto pin = std::make_shared<std::string>();
    const std::string& given = notice.notice.address;
    Item item{.id = notice.id,
              .kind = std::string(ToString(notice.notice.kind)),
              .trace = "",
              .mailbox = notice.mailbox,
              .recipient = given.empty() ? facts.address : given,
              .attempts = notice.attempts,
              .compose = nullptr,
              .secret = pin};
    item.compose = [this, notice, facts, pin,
                    recipient = item.recipient]() -> absl::StatusOr<std::string> {
      UM_ASSIGN_OR_RETURN(*pin,
                          notices_.renew(notice.notice.organisation, notice.notice.mailbox_id));
      const auto now = std::chrono::floor<WallTime::duration>(std::chrono::system_clock::now());
      return BuildNotice(notice, facts, recipient, *pin, now, originator_);
    };
    return item;
  }

  const Notices notices_;
  const Originator originator_;
};

}  // namespace

std::unique_ptr<Source> MessageSource(store::MessageStore& store, const Originator& originator) {
  return std::make_unique<Messages>(store, originator);
}

std::unique_ptr<Source> NoticeSource(const Notices& notices, const Originator& originator) {
  return std::make_unique<NoticeMails>(notices, originator);
}

}  // namespace um::delivery
