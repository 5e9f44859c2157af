#include "mailbox/store/call_rows.h"

#include <optional>

#include "common/base/bytes.h"
#include "mailbox/store/facts_codec.h"
#include "mailbox/store/text.h"
#include "um/store/v1/call.pb.h"

namespace um::store {

using domain::CallRecord;
using soci::use;

namespace {

std::string EncodeCall(const CallRecord& record) {
  v1::CallRecord out;
  out.set_node(record.node);
  out.set_duration_ms(record.duration.count());
  out.set_gateway(record.gateway);
  out.set_dial_plan(record.dial_plan);
  out.set_called(record.called);
  out.set_caller_number(record.caller.number);
  out.set_caller_name(record.caller.name);
  out.set_caller_email(record.caller.email);
  if (record.reason) out.set_reason(static_cast<uint32_t>(*record.reason) + 1);
  out.set_offer(static_cast<uint32_t>(record.offer));
  out.set_drop_reason(record.drop_reason);
  out.set_codec(record.codec);
  if (record.quality) {
    out.set_nmos(record.quality->nmos);
    out.set_nmos_lost_to_jitter(record.quality->lost_to_jitter);
    out.set_nmos_lost_to_loss(record.quality->lost_to_loss);
  }
  out.set_packets_received(record.packets_received);
  out.set_jitter_ms(record.jitter_ms);
  out.set_loss_percent(record.loss_percent);
  out.set_round_trip_ms(record.round_trip_ms);
  out.set_parent_call(record.parent_call);
  out.set_dialled(record.dialled);
  out.set_burst_density_percent(record.bursts.density_percent);
  out.set_burst_ms(record.bursts.burst_ms);
  out.set_gap_ms(record.bursts.gap_ms);
  for (const domain::CallStep& step : record.steps) {
    auto& added = *out.add_steps();
    added.set_what(step.what);
    added.set_at_us(Micros(step.at));
  }
  return Base64Url(out.SerializeAsString());
}

/// `conflict`: what becomes of a record that is there.
void Put(soci::session& sql, const CallRecord& record, const std::string& kind,
         const char* conflict) {
  const std::string organisation = ToColumn(record.organisation);
  const std::string call_id = ToColumn(Cut(record.sip_call_id, kMaxKey));
  const std::string trace = ToColumn(record.trace_id), mailbox = ToColumn(record.mailbox_id);
  const std::string body = EncodeCall(record);
  const long long started = Micros(record.started);
  // The message may have been stored before its call ended.
  sql << std::string(
             "INSERT INTO call_record (id, organisation, mailbox_id, sip_call_id, trace_id, kind,"
             " started_us, body) VALUES (:id, :organisation, :mailbox, :call, :trace,"
             " COALESCE((SELECT kind FROM message WHERE id = :message), :kind), :started, :body)"
             " ON CONFLICT (id) DO UPDATE SET ") +
             conflict,
      use(record.id), use(organisation), use(mailbox), use(call_id), use(trace), use(record.id),
      use(kind), use(started), use(body);
}

}  // namespace

void PutCall(soci::session& sql, const CallRecord& record) {
  Put(sql, record, "", "body = excluded.body");
}

void PutCallOfMessage(soci::session& sql, const domain::CallFacts& facts, const std::string& kind) {
  Put(sql, domain::RecordOf(facts), kind, "kind = excluded.kind");
}

absl::StatusOr<CallRecord> DecodeCall(const std::string& body) {
  const std::optional<std::string> bytes = FromBase64Url(body);
  v1::CallRecord in;
  const auto kMostReason = static_cast<uint32_t>(domain::CallReason::kDivertNoAnswer) + 1;
  if (!bytes || !in.ParseFromString(*bytes) || in.reason() > kMostReason ||
      in.offer() > static_cast<uint32_t>(domain::OfferResult::kRejected)) {
    return absl::DataLossError("a call record is damaged");
  }
  CallRecord record;
  record.node = in.node();
  record.duration = domain::Milliseconds(in.duration_ms());
  record.gateway = in.gateway();
  record.dial_plan = in.dial_plan();
  record.called = in.called();
  record.caller = {in.caller_number(), in.caller_name(), in.caller_email()};
  if (in.reason() > 0) record.reason = static_cast<domain::CallReason>(in.reason() - 1);
  record.offer = static_cast<domain::OfferResult>(in.offer());
  record.drop_reason = in.drop_reason();
  record.codec = in.codec();
  if (in.nmos() > 0) {
    record.quality = {in.nmos(), in.nmos_lost_to_jitter(), in.nmos_lost_to_loss()};
  }
  record.packets_received = in.packets_received();
  record.jitter_ms = in.jitter_ms();
  record.loss_percent = in.loss_percent();
  record.round_trip_ms = in.round_trip_ms();
  record.parent_call = in.parent_call();
  record.dialled = in.dialled();
  record.bursts = {in.burst_density_percent(), in.burst_ms(), in.gap_ms()};
  for (const v1::CallStep& step : in.steps()) {
    record.steps.push_back({step.what(), FromMicros(step.at_us())});
  }
  return record;
}

}  // namespace um::store
