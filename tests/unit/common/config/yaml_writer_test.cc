#include <google/protobuf/util/message_differencer.h>

#include <random>

#include "common/base/utf8.h"
#include "common/config/rules.h"
#include "tests/support/catch.h"
#include "um/organisation/v1/organisation.pb.h"

using namespace um::config;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;
namespace o = um::organisation::v1;

namespace {

/// Texts that one reader or another takes for something else.
const std::vector<std::string> kTraps = {
    "yes",   "No",         "on",    "OFF",        "null",
    "~",     "true",       "1001",  "0123",       "0x1f",
    "1e3",   "1_000",      "+49",   "-1",         ".5",
    "12:30", "2026-12-24", "9xxx",  "192.0.2.10", "2001:db8::/32",
    "-",     "- a",        "?",     "? a",        ":",
    ": a",   "a: b",       "a:",    "a #b",       "#a",
    "a#b",   "&a",         "*a",    "!a",         "!!str a",
    "|",     "|-",         ">",     "%a",         "@a",
    "`a",    "'a'",        "\"a\"", "a\"b",       "a\\b",
    "\\n",   "[a]",        "{a}",   "a, b",       "a]b",
    "a}b",   ",",          "---",   "...",        " a",
    "a ",    "  ",         "ä",     "日本語",     "🙂",
    "<<",    "=",          ".inf",  "x:y",        "http://a",
    "k: |"};
/// For people's texts only.
const std::vector<std::string> kLines = {
    "a\nb",       "a\nb\n",    "a\nb\n\n", "\na",    "\n",        "\n\n",    " a\nb",
    "a\n b\n",    "a\n\n\nb",  "a\n\tb",   "\ta\nb", "a\n   \nb", "a \nb ",  "a: b\n# c\n- d\n",
    "---\n...\n", "a\n---\nb", "a\nb\n ",  "a\tb",   "%a\n%b\n",  "a\nb\n  "};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  void Fill(Message& message, int depth) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      if (Below(depth > 0 ? 3 : 1) != 0) continue;
      const unsigned count = field.is_repeated() ? Below(4) : 1;
      for (unsigned n = 0; n < count; ++n) Put(message, field, depth);
    }
  }

 private:
  unsigned Below(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random_); }

  std::string Text(const FieldDescriptor& field) {
    const bool lines = RulesOf(field).form() == v1::FORM_TEXT;
    if (field.type() == FieldDescriptor::TYPE_BYTES || Below(3) == 0) {
      std::string text;
      const unsigned kinds = Below(2) ? 128 : 16;
      for (unsigned n = Below(200); n > 0; --n) {
        const char c =
            kinds == 16 ? " :#-\n[]{},\"'|&a\t"[Below(16)] : static_cast<char>(Below(128));
        if (field.type() == FieldDescriptor::TYPE_BYTES || (c >= 0x20 && c != 0x7F) ||
            (lines && (c == '\n' || c == '\t'))) {
          text += c;
        }
      }
      return text;
    }
    if (lines && Below(2)) return kLines[Below(static_cast<unsigned>(kLines.size()))];
    return kTraps[Below(static_cast<unsigned>(kTraps.size()))];
  }

  template <class Value, class SetF, class AddF>
  void Put(Message& m, const FieldDescriptor& f, Value value, SetF set, AddF add) {
    const Reflection& r = *m.GetReflection();
    f.is_repeated() ? (r.*add)(&m, &f, value) : (r.*set)(&m, &f, value);
  }

  void Put(Message& m, const FieldDescriptor& f, int depth) {
    const Reflection& r = *m.GetReflection();
    switch (f.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return Put(m, f, Below(2) == 0, &Reflection::SetBool, &Reflection::AddBool);
      case FieldDescriptor::CPPTYPE_UINT32:
        return Put(m, f, Below(4000000000), &Reflection::SetUInt32, &Reflection::AddUInt32);
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto last = static_cast<unsigned>(f.enum_type()->value_count() - 1);
        const auto* value = f.enum_type()->value(static_cast<int>(1 + Below(last)));
        return Put(m, f, value, &Reflection::SetEnum, &Reflection::AddEnum);
      }
      case FieldDescriptor::CPPTYPE_STRING:
        return Put(m, f, Text(f), &Reflection::SetString, &Reflection::AddString);
      default:
        break;
    }
    REQUIRE(f.message_type());
    Message& part = f.is_repeated() ? *r.AddMessage(&m, &f) : *r.MutableMessage(&m, &f);
    if (auto* limit = dynamic_cast<v1::Limit*>(&part)) {
      return Below(2) ? limit->set_value(1 + Below(5000)) : limit->set_unlimited(true);
    }
    Fill(part, depth + 1);
  }

  std::mt19937 random_;
};

void CheckRoundTrip(const Message& message) {
  const std::string yaml = ToYaml(message);
  INFO(yaml);
  std::unique_ptr<Message> read(message.New());
  REQUIRE(Describe("", FromYaml(yaml, *read, {.max_bytes = 10 << 20})) == "");
  REQUIRE(MessageDifferencer::Equals(message, *read));
}

}  // namespace

TEST_CASE("YAML is written as a person would write it") {
  const std::string yaml = R"(id: example
display_name: Example, Ltd
dial_plans:
  - name: Main
    number_of_digits_in_extension: 4
    access_telephone_numbers: ["+49 30 1234", "+49 30 1235"]
    info_announcement_enabled: "off"
    in_country_or_region_rules:
      - {group: local, number_mask: "9xxx", dialed_number: "9xxx"}
      - group: long
        number_mask: "99999999999999999999xxxxxxxxxxxxxxxx"
        dialed_number: "99999999999999999999xxxxxxxxxxxxxxxx"
ip_gateways:
  - name: pbx
    networks: [192.0.2.10, 2001:db8::/32]
mailbox_policies:
  - name: Default
    dial_plan: Main
    pin_lifetime_days: unlimited
    um_enabled_text: |
      Welcome.

      Dial 4000.
    reset_pin_text: "No: \"new\" PIN"
    allowed_in_country_or_region_groups:
      - a group with a very long name, one
      - a group with a very long name, two
      - a group with a very long name, three
)";
  o::Organisation organisation;
  REQUIRE(Describe("", FromYaml(yaml, organisation)) == "");
  CHECK(ToYaml(organisation) == yaml);
}

TEST_CASE("nothing is written of an empty message, and {} of an empty part") {
  CHECK(ToYaml(o::Organisation()) == "");
  o::Organisation organisation;
  organisation.add_dial_plans();
  organisation.add_dial_plans()->set_name("x");
  CHECK(ToYaml(organisation) == "dial_plans:\n  - {}\n  - name: x\n");
}

TEST_CASE("texts that YAML would take for something else survive") {
  for (const std::string& trap : kTraps) {
    o::DialPlan plan;
    plan.set_name(trap);
    plan.add_access_telephone_numbers(trap);
    plan.add_in_country_or_region_rules()->set_group(trap);
    plan.add_access_telephone_numbers(std::string(120, 'x') + trap);
    CheckRoundTrip(plan);
    o::Mailbox mailbox;
    mailbox.add_call_answering_rules()->add_key_mappings()->set_label(trap);
    CheckRoundTrip(mailbox);
  }
  for (const std::string& lines : kLines) {
    o::MailboxPolicy policy;
    policy.set_um_enabled_text(lines);
    policy.set_reset_pin_text("x" + lines);
    CheckRoundTrip(policy);
    o::AutoAttendant attendant;
    attendant.set_business_location(lines);
    attendant.add_business_hours_key_mapping()->set_description("c");
    CheckRoundTrip(attendant);
  }
}

TEST_CASE("random organisations survive being written and read") {
  for (unsigned seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    Generator generator(seed);
    o::Organisation organisation;
    generator.Fill(organisation, 0);
    CheckRoundTrip(organisation);
  }
}

TEST_CASE("a recording is written in lines of base64") {
  o::Prompt prompt;
  for (int i = 0; i < 300; ++i) prompt.mutable_audio()->push_back(static_cast<char>(i));
  CheckRoundTrip(prompt);
  const std::string yaml = ToYaml(prompt);
  CHECK(yaml.starts_with("audio: |-\n  AAEC"));
  CHECK(yaml.find('\n', 11) < 90);
}
