// Call records: what became of each call (spec: "call data record").   Pure values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/domain/call_quality.h"
#include "mailbox/domain/message.h"
#include "mailbox/domain/route.h"
#include "mailbox/domain/time.h"

namespace um::domain {

/// kRejected: by a setting that is wrong; kFailed: everything else that kept it from being taken.
enum class OfferResult { kAnswer, kFailed, kRejected };
std::string_view ToString(OfferResult result);

/// What happened at a moment of a call: "answered", "recording".
struct CallStep {
  std::string what;
  WallTime at{};
};
inline constexpr size_t kMaxCallSteps = 64;

struct CallRecord {
  std::string id;  ///< ULID; of an answered call its message's
  std::string trace_id;
  std::string organisation;
  std::string node;
  WallTime started{};
  Milliseconds duration{};
  std::string sip_call_id;
  std::string gateway;
  std::string dial_plan;
  std::string called;  ///< the diverted number, else what was called
  Caller caller;
  std::optional<CallReason> reason;  ///< nullopt: refused before that was known
  std::string mailbox_id;            ///< of the called user; "": none was found
  OfferResult offer = OfferResult::kAnswer;
  std::string drop_reason;  ///< "hung-up", "refused: 404 no mailbox has extension 1003 ..."
  std::string parent_call;  ///< trace id of the call that this one comes from; "": of none
  std::string dialled;      ///< whom it was handed on to last; "": nobody
  std::string codec;        ///< "PCMU", "OPUS"; "": no audio was agreed
  // Measured; of refused calls nothing.
  std::optional<CallQuality> quality;
  uint64_t packets_received = 0;
  double jitter_ms = 0;
  double loss_percent = 0;
  double round_trip_ms = 0;  ///< 0: the peer sent no RTCP
  BurstLoss bursts;
  std::vector<CallStep> steps;  ///< in order, kMaxCallSteps at most
};

/// The record of a call that was not taken, begun at `now`.
CallRecord RecordOf(const Refusal& refusal, const sip::InviteFacts& facts,
                    const std::string& organisation, const std::string& gateway, WallTime now);

/// What a message tells of its call: the record of one whose node died before it wrote its own.
CallRecord RecordOf(const CallFacts& facts);

}  // namespace um::domain
