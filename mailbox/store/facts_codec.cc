#include "mailbox/store/facts_codec.h"

#include "common/base/status.h"
#include "um/store/v1/spool.pb.h"

namespace um::store {

std::string EncodeFacts(const domain::CallFacts& facts) {
  v1::CallFacts out;
  out.set_message_id(facts.message_id);
  out.set_trace_id(facts.trace_id);
  out.set_organisation(facts.organisation);
  out.set_mailbox_id(facts.mailbox_id);
  out.set_mailbox_name(facts.mailbox_name);
  out.set_extension(facts.extension);
  out.set_email(facts.email);
  out.set_called(facts.called);
  out.set_caller_number(facts.caller.number);
  out.set_caller_name(facts.caller.name);
  out.set_caller_email(facts.caller.email);
  out.set_reason(static_cast<uint32_t>(facts.reason));
  out.set_sip_call_id(facts.sip_call_id);
  out.set_gateway(facts.gateway);
  out.set_dial_plan(facts.dial_plan);
  out.set_language(facts.language);
  out.set_started_us(Micros(facts.started));
  out.set_law(static_cast<uint32_t>(facts.law));
  out.set_min_speech_ms(facts.min_speech.count());
  out.set_important(facts.marks.important);
  out.set_is_private(facts.marks.is_private);
  out.set_audio_format(static_cast<uint32_t>(facts.audio_format));
  out.set_time_zone(facts.time_zone);
  out.set_no_missed_call_notice(!facts.missed_call_notice);
  out.set_mail_text(facts.mail_text);
  return out.SerializeAsString();
}

absl::StatusOr<domain::CallFacts> DecodeFacts(std::string_view bytes) {
  v1::CallFacts in;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("call facts cannot be parsed");
  }
  if (in.law() > 1 || in.reason() > static_cast<uint32_t>(domain::CallReason::kDivertNoAnswer) ||
      in.audio_format() > static_cast<uint32_t>(domain::AudioFormat::kOpus)) {
    return absl::DataLossError(fmt::format("call facts have law {}, reason {}, audio format {}",
                                           in.law(), in.reason(), in.audio_format()));
  }
  domain::CallFacts facts;
  facts.message_id = in.message_id();
  facts.trace_id = in.trace_id();
  facts.organisation = in.organisation();
  facts.mailbox_id = in.mailbox_id();
  facts.mailbox_name = in.mailbox_name();
  facts.extension = in.extension();
  facts.email = in.email();
  facts.called = in.called();
  facts.caller = {in.caller_number(), in.caller_name(), in.caller_email()};
  facts.reason = static_cast<domain::CallReason>(in.reason());
  facts.sip_call_id = in.sip_call_id();
  facts.gateway = in.gateway();
  facts.dial_plan = in.dial_plan();
  facts.language = in.language();
  facts.started = FromMicros(in.started_us());
  facts.law = static_cast<domain::Law>(in.law());
  facts.min_speech = domain::Milliseconds(in.min_speech_ms());
  facts.marks = {in.important(), in.is_private()};
  facts.audio_format = static_cast<domain::AudioFormat>(in.audio_format());
  facts.time_zone = in.time_zone();
  facts.missed_call_notice = !in.no_missed_call_notice();
  facts.mail_text = in.mail_text();
  return facts;
}

}  // namespace um::store
