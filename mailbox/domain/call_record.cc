#include "mailbox/domain/call_record.h"

#include <fmt/format.h>

namespace um::domain {
namespace {

/// The peer, its tickets or its numbers are set up wrongly: 15600 to 15602 and 15613
/// (ARCHITECTURE.md, "Diagnostics"); not 15603, an extension without mailbox.
bool IsSetting(int diagnostics_id) {
  return (diagnostics_id >= 15600 && diagnostics_id <= 15602) || diagnostics_id == 15613;
}

}  // namespace

std::string_view ToString(OfferResult result) {
  switch (result) {
    case OfferResult::kAnswer:
      return "answer";
    case OfferResult::kFailed:
      return "failed";
    case OfferResult::kRejected:
      return "rejected";
  }
  return "";
}

CallRecord RecordOf(const Refusal& refusal, const sip::InviteFacts& facts,
                    const std::string& organisation, const std::string& gateway, WallTime now) {
  const sip::Uri& called =
      facts.diversions.empty() ? facts.request_uri : facts.diversions.front().uri;
  return {
      .organisation = organisation,
      .started = now,
      .sip_call_id = facts.call_id,
      .gateway = gateway,
      .dial_plan = refusal.dial_plan,
      .called = NumberOf(called),
      .caller = CallerOf(facts),
      .offer = IsSetting(refusal.diagnostics_id) ? OfferResult::kRejected : OfferResult::kFailed,
      .drop_reason = fmt::format("{} {}: {}", refusal.status, refusal.phrase, refusal.explanation),
      .steps = {{"invite", now}, {"refused", now}}};
}

CallRecord RecordOf(const CallFacts& facts) {
  return {.id = facts.message_id,
          .trace_id = facts.trace_id,
          .organisation = facts.organisation,
          .started = facts.started,
          .sip_call_id = facts.sip_call_id,
          .gateway = facts.gateway,
          .dial_plan = facts.dial_plan,
          .called = facts.called,
          .caller = facts.caller,
          .reason = facts.reason,
          .mailbox_id = facts.mailbox_id,
          .steps = {{"invite", facts.started}}};
}

}  // namespace um::domain
