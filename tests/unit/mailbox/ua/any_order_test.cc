// Calls in which anything happens in any order: whatever it is, one word of the end, and nothing
// left.
#include <random>

#include "tests/unit/mailbox/ua/caller.h"

using namespace um;
using namespace um::tests;

namespace {

// What one step does. Names are for the report of a failure.
struct Step {
  const char* name;
  void (*run)(Caller&);
};

void WithSession(Caller& caller, void (*act)(ua::Session&)) {
  if (caller.owner.session) act(*caller.owner.session);
}

// The tag of the dialog, if the user agent has said one.
void LearnTag(Caller& caller) {
  for (const auto& sent : caller.transport.sent) {
    if (!sent.text.starts_with("SIP/2.0")) continue;
    const auto message = sent.Parsed();
    if (message.cseq().method == "INVITE" && message.to_tag() != "")
      caller.to_tag = message.to_tag();
  }
}

void Answer(Caller& caller, int status) {
  if (caller.transport.sent.empty() || caller.transport.sent.back().text.starts_with("SIP/2.0"))
    return;
  if (caller.transport.sent.back().text.starts_with("ACK")) return;
  caller.Respond(status, "Session-Expires: 100;refresher=uac\r\n", status == 200 ? kOffer : "");
}

const Step kSteps[] = {
    {"time", [](Caller& c) { c.loop.RunFor(std::chrono::milliseconds(300)); }},
    {"much time", [](Caller& c) { c.loop.RunFor(std::chrono::seconds(20)); }},
    {"180", [](Caller& c) { WithSession(c, [](ua::Session& s) { s.Progress(180); }); }},
    {"accept", [](Caller& c) { WithSession(c, [](ua::Session& s) { s.Accept(kAnswer); }); }},
    {"accept", [](Caller& c) { WithSession(c, [](ua::Session& s) { s.Accept(kAnswer); }); }},
    {"reject", [](Caller& c) { WithSession(c, [](ua::Session& s) { s.Reject({}); }); }},
    {"hang up", [](Caller& c) { WithSession(c, [](ua::Session& s) { s.HangUp(); }); }},
    {"hang up in callbacks",
     [](Caller& c) {
       c.owner.on_callback = [&c] { WithSession(c, [](ua::Session& s) { s.HangUp(); }); };
     }},
    {"INVITE again", [](Caller& c) { c.Receive(c.invite); }},
    {"ACK", [](Caller& c) { c.Ack(kOffer); }},
    {"ACK", [](Caller& c) { c.Ack(kOffer); }},
    {"ACK without SDP", [](Caller& c) { c.Ack(); }},
    {"ACK of a failure",
     [](Caller& c) { c.Send("ACK", {.cseq = c.invite_cseq, .branch = c.invite_branch}); }},
    {"CANCEL", [](Caller& c) { c.Cancel(); }},
    {"BYE", [](Caller& c) { c.Send("BYE"); }},
    {"old BYE", [](Caller& c) { c.Send("BYE", {.cseq = 1}); }},
    {"re-INVITE", [](Caller& c) { c.Invite({.headers = "Supported: timer\r\n", .sdp = kOffer}); }},
    {"re-INVITE without SDP", [](Caller& c) { c.Invite({}); }},
    {"UPDATE", [](Caller& c) { c.Send("UPDATE", {.sdp = kOffer}); }},
    {"UPDATE of timers",
     [](Caller& c) {
       c.Send("UPDATE", {.headers = "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\n"});
     }},
    {"INFO", [](Caller& c) { c.Send("INFO"); }},
    {"refer",
     [](Caller& c) {
       if (c.owner.session) c.owner.session->Refer("0", std::string(32, 'a'));
       c.Settle();
     }},
    {"NOTIFY",
     [](Caller& c) {
       c.Send("NOTIFY", {.headers = "Event: refer\r\n",
                         .sdp = "SIP/2.0 200 OK\r\n",
                         .content_type = "message/sipfrag"});
     }},
    {"200 to ours", [](Caller& c) { Answer(c, 200); }},
    {"481 to ours", [](Caller& c) { Answer(c, 481); }},
    {"100 to ours", [](Caller& c) { Answer(c, 100); }},
    {"491 to ours", [](Caller& c) { Answer(c, 491); }},
    {"422 to ours", [](Caller& c) { Answer(c, 422); }},
    {"stream lost", [](Caller& c) { c.Lose(); }},
    {"new stream", [](Caller& c) { c.flow.connection += c.flow.connection != 0 ? 1 : 0; }},
    {"no connecting", [](Caller& c) { c.transport.refuse_connect = !c.transport.refuse_connect; }},
    {"answers refused",
     [](Caller& c) { c.owner.answer_status = absl::InvalidArgumentError("no"); }},
    {"destroy", [](Caller& c) { c.owner.session.reset(); }},
};

long Count(const Ladder& notes, std::string_view word) {
  return std::count_if(notes.begin(), notes.end(), [&](const std::string& note) {
    return note.find(word) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("whatever happens in whatever order, a call ends once and leaves nothing") {
  for (unsigned seed = 1; seed <= 600; ++seed) {
    std::mt19937 random(seed);
    Caller caller(seed % 2 == 0 ? UdpFlow() : TcpFlow());
    std::string story = fmt::format("seed {}:", seed);
    caller.Invite(
        random() % 4 == 0
            ? Extra{.headers = "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\n"}
            : Extra{.sdp = kOffer});
    bool destroyed = false;
    const size_t steps = 3 + random() % 25;
    for (size_t i = 0; i < steps; ++i) {
      // Mostly the usual steps in front, so that many calls get somewhere.
      const Step& step = kSteps[random() % (i < 4 ? 12 : std::size(kSteps))];
      story += fmt::format(" [{}]", step.name);
      LearnTag(caller);
      INFO(story);
      step.run(caller);
      destroyed = destroyed || !caller.owner.session;
    }
    INFO(story);
    if (caller.owner.session) caller.owner.session->HangUp();
    caller.Settle();
    // An INVITE repeated after its transaction is a new call, and takes the owner's place for the
    // old one.
    const long calls = Count(caller.owner.notes, "invite");
    CHECK(Count(caller.owner.notes, "ended") <= calls);
    if (calls == 1 && !destroyed) CHECK(Count(caller.owner.notes, "ended") == 1);
    const size_t notes = caller.owner.notes.size();
    caller.loop.RunToEnd();
    CHECK(caller.owner.notes.size() == notes);  // nothing comes after the end
    CHECK(caller.agent->sessions() == 0);
    caller.owner.session.reset();
    caller.CheckNothingLeft();
  }
}
