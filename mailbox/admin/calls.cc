#include "mailbox/admin/calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "mailbox/admin/convert.h"
#include "mailbox/admin/find.h"

namespace um::admin {
namespace {

constexpr uint32_t kUsualPage = 100;
constexpr uint32_t kMostPage = 1000;

std::string TypeOf(const store::StoredCall& call) {
  if (!call.kind) return "none";
  return *call.kind == domain::MessageKind::kVoice ? "call-answering-voice-message"
                                                   : "call-answering-missed-call";
}

/// What happened when: the call's own steps, and what became of its message.
void AddSteps(const store::StoredCall& from, v1::Call& to) {
  std::multimap<domain::WallTime, std::string> steps;  // of one moment: in order of insertion
  for (const domain::CallStep& step : from.record.steps) steps.emplace(step.at, step.what);
  if (from.stored && from.kind) {
    steps.emplace(*from.stored, fmt::format("stored as {}", domain::ToString(*from.kind)));
  }
  if (from.delivered) steps.emplace(*from.delivered, "mailed");
  if (from.heard) steps.emplace(*from.heard, "read");
  for (const auto& [at, what] : steps) {
    v1::CallStep& step = *to.add_steps();
    step.set_what(what);
    step.set_at_us(at.time_since_epoch().count());
  }
}

/// Measured values have no more digits than that.
double Hundredths(double value) { return std::round(value * 100) / 100; }

void Convert(const store::StoredCall& from, bool steps, v1::Call& to) {
  const domain::CallRecord& record = from.record;
  to.set_id(record.id);
  to.set_trace_id(record.trace_id);
  to.set_organisation(record.organisation);
  to.set_node(record.node);
  to.set_started(Rfc3339(record.started));
  to.set_duration_ms(static_cast<uint64_t>(record.duration.count()));
  to.set_call_type(TypeOf(from));
  to.set_call_identity(record.sip_call_id);
  to.set_parent_call_identity(record.parent_call);
  to.set_dialed_string(record.dialled);
  to.set_dial_plan(record.dial_plan);
  to.set_ip_gateway(record.gateway);
  to.set_called_number(record.called);
  to.set_caller_number(record.caller.number);
  to.set_caller_name(record.caller.name);
  to.set_offer_result(std::string(domain::ToString(record.offer)));
  to.set_drop_call_reason(record.drop_reason);
  to.set_reason_for_call(record.reason ? std::string(domain::ToString(*record.reason)) : "none");
  to.set_callee_mailbox(record.mailbox_id);
  to.set_audio_codec(record.codec);
  if (record.packets_received > 0) {
    v1::CallQuality& quality = *to.mutable_quality();
    if (record.quality) {
      quality.set_nmos(Hundredths(record.quality->nmos));
      quality.set_nmos_degradation(Hundredths(record.quality->degradation()));
      quality.set_nmos_degradation_jitter(Hundredths(record.quality->lost_to_jitter));
      quality.set_nmos_degradation_packet_loss(Hundredths(record.quality->lost_to_loss));
    }
    quality.set_jitter_ms(Hundredths(record.jitter_ms));
    quality.set_packet_loss(Hundredths(record.loss_percent));
    quality.set_round_trip_ms(Hundredths(record.round_trip_ms));
    quality.set_burst_density(Hundredths(record.bursts.density_percent));
    quality.set_burst_duration_ms(Hundredths(record.bursts.burst_ms));
    quality.set_burst_gap_duration_ms(Hundredths(record.bursts.gap_ms));
  }
  if (steps) AddSteps(from, to);
}

}  // namespace

absl::Status CallsService::List(const v1::ListCallsRequest& request,
                                v1::ListCallsResponse& response) const {
  UM_ASSIGN_OR_RETURN(const organisation::ModelPtr model, registry_.Find(request.organisation()));
  const uint32_t page =
      request.page_size() == 0 ? kUsualPage : std::min(request.page_size(), kMostPage);
  store::CallStore::Query query{
      .organisation = model->id(), .before = request.page_token(), .limit = static_cast<int>(page)};
  if (!query.before.empty() && !IsUlid(query.before)) {
    return absl::InvalidArgumentError("page_token is none of ours");
  }
  if (!request.mailbox().empty()) {
    UM_ASSIGN_OR_RETURN(const organisation::Entry* mailbox,
                        FindObject(*model, organisation::Kind::kMailbox, request.mailbox()));
    query.mailbox_id = mailbox->object.mailbox().id();
  }
  if (!request.since().empty()) {
    const auto since = FromRfc3339(request.since());
    if (!since) return absl::InvalidArgumentError("since: must be a time as in RFC 3339");
    query.since = *since;
  }
  UM_ASSIGN_OR_RETURN(const std::vector<store::StoredCall> calls, store_.List(query));
  for (const store::StoredCall& call : calls) Convert(call, false, *response.add_calls());
  if (calls.size() == page) response.set_next_page_token(calls.back().record.id);
  return absl::OkStatus();
}

void CallsService::ServeThrough(Door& door) {
  using S = CallsService;
  door.Unary("um.admin.v1.Calls.GetCall", *this, &S::GetCall);
  door.Unary("um.admin.v1.Calls.ListActiveCalls", *this, &S::ListActiveCalls);
  door.Unary("um.admin.v1.Calls.ListCalls", *this, &S::ListCalls);
}

grpc::Status CallsService::ListCalls(const Call&, const v1::ListCallsRequest* request,
                                     v1::ListCallsResponse* response) {
  return ToGrpc(List(*request, *response));
}

grpc::Status CallsService::GetCall(const Call&, const v1::GetCallRequest* request,
                                   v1::Call* response) {
  const auto model = registry_.Find(request->organisation());
  if (!model.ok()) return ToGrpc(model.status());
  const auto call = store_.Find((*model)->id(), request->name());
  if (!call.ok()) return ToGrpc(call.status());
  Convert(*call, true, *response);
  return grpc::Status::OK;
}

grpc::Status CallsService::ListActiveCalls(const Call&, const v1::ListActiveCallsRequest* request,
                                           v1::ListCallsResponse* response) {
  const auto model = registry_.Find(request->organisation());
  if (!model.ok()) return ToGrpc(model.status());
  for (const domain::CallFacts& facts : active_()) {
    if (facts.organisation != (*model)->id()) continue;
    Convert({.record = domain::RecordOf(facts)}, false, *response->add_calls());
  }
  return grpc::Status::OK;
}

}  // namespace um::admin
