#include "mailbox/cli/kinds.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/config/comments.h"
#include "common/config/rules.h"
#include "common/config/values.h"

namespace um::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr Column kDialPlan[] = {
    {"NAME", "name"},
    {"DIGITS", "number_of_digits_in_extension"},
    {"URI TYPE", "uri_type"},
    {"SECURITY", "voip_security"},
    {"LANGUAGE", "default_language"},
    {"OPERATOR", "operator_extension", true},
    {"OUTSIDE LINE", "outside_line_access_code", true},
    {"ACCESS NUMBERS", "access_telephone_numbers"},
};
constexpr Column kIpGateway[] = {
    {"NAME", "name"},     {"STATUS", "status"},
    {"TICKET", "ticket"}, {"OUTCALLS", "outcalls_allowed", true},
    {"PORT", "port"},     {"ADDRESS", "address"},
    {"FROM", "networks"},
};
constexpr Column kHuntGroup[] = {
    {"NAME", "name"},
    {"PILOT", "pilot_identifier"},
    {"IP GATEWAY", "ip_gateway"},
    {"DIAL PLAN", "dial_plan"},
};
constexpr Column kMailboxPolicy[] = {
    {"NAME", "name"},
    {"PIN LENGTH", "min_pin_length"},
    {"PIN DAYS", "pin_lifetime_days"},
    {"ATTEMPTS", "max_logon_attempts", true},
    {"PHONE ACCESS", "allow_subscriber_access"},
    {"KEPT DAYS", "message_retention_days", true},
    {"DIAL PLAN", "dial_plan"},
};
constexpr Column kAutoAttendant[] = {
    {"NAME", "name"},
    {"STATUS", "status"},
    {"NUMBERS", "pilot_identifiers"},
    {"SPEECH", "speech_enabled", true},
    {"LANGUAGE", "language"},
    {"DIAL PLAN", "dial_plan"},
};
constexpr Column kMailbox[] = {
    {"ID", "id"},         {"EXTENSION", "extension"},
    {"STATUS", "status"}, {"NAME", "display_name"},
    {"POLICY", "policy"}, {"SIP ADDRESS OR E.164", "sip_resource_identifier", true},
    {"E-MAIL", "email"},
};
constexpr Column kPrompt[] = {
    {"FILE", "file_name"},
    {"DIAL PLAN", "dial_plan"},
    {"AUTO ATTENDANT", "auto_attendant"},
};

/// A sentence of what a number or text may be, and the default.
std::string LimitsOf(const FieldDescriptor& field) {
  std::string text;
  const config::v1::Rules& rules = config::RulesOf(field);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    text += " One of: " + config::EnumNames(*field.enum_type()) + ".";
  } else if (config::IsLimit(field)) {
    text += fmt::format(" A number {}, or unlimited.", config::RangeText(field));
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
    text += fmt::format(" A number {}.", config::RangeText(field));
  }
  if (rules.immutable()) text += " Cannot be changed later.";
  if (!rules.default_().empty()) text += fmt::format(" Default: {}.", rules.default_());
  return text;
}

/// "Fax-Enabled", "fax_enabled" and "FaxEnabled" are one.
std::string Squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '-' && c != '_' && c != ' ') out += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

std::string Dashed(std::string_view text) {
  std::string out(text);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

std::string Underscored(std::string_view text) {
  std::string out(text);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

std::string VerbOf(Kind kind) { return Dashed(organisation::ToString(kind)); }

std::string TitleIn(Kind kind) {
  const std::string title = organisation::TitleOf(kind);
  return title.starts_with("UM ") ? title.substr(3) : title;
}

std::string TitleIn(std::string_view kind) {
  const auto known = organisation::KindNamed(kind);
  return known ? TitleIn(*known) : std::string(kind);
}

const Descriptor& TypeOf(Kind kind) {
  return *organisation::v1::Object::descriptor()
              ->FindFieldByName(std::string(organisation::ToString(kind)))
              ->message_type();
}

std::string_view IdentityOf(Kind kind) {
  return kind == Kind::kMailbox ? "id" : kind == Kind::kPrompt ? "file_name" : "name";
}

bool IsOption(const FieldDescriptor& field) {
  if (field.type() == FieldDescriptor::TYPE_BYTES) return false;
  const bool is_mailbox = field.containing_type() == &TypeOf(Kind::kMailbox);
  return field.name() != (is_mailbox ? "id" : "name");
}

const FieldDescriptor* PropertyNamed(const Descriptor& type, std::string_view text) {
  const std::string wanted = Squeezed(text);
  for (int i = 0; i < type.field_count(); ++i) {
    if (Squeezed(type.field(i)->name()) == wanted) return type.field(i);
  }
  for (int i = 0; i < type.field_count(); ++i) {
    if (Squeezed(config::KnownAs(*type.field(i))) == wanted) return type.field(i);
  }
  return nullptr;
}

std::span<const Column> ColumnsOf(Kind kind) {
  switch (kind) {
    case Kind::kDialPlan:
      return kDialPlan;
    case Kind::kIpGateway:
      return kIpGateway;
    case Kind::kHuntGroup:
      return kHuntGroup;
    case Kind::kMailboxPolicy:
      return kMailboxPolicy;
    case Kind::kAutoAttendant:
      return kAutoAttendant;
    case Kind::kMailbox:
      return kMailbox;
    case Kind::kPrompt:
      break;
  }
  return kPrompt;
}

std::string ValueLabel(const FieldDescriptor& field) {
  if (config::IsPart(field)) return "YAML";
  if (config::IsLimit(field)) return "NUMBER";
  const std::string& refers_to = config::RulesOf(field).refers_to();
  std::string label = "TEXT";
  if (!refers_to.empty()) {
    label = Dashed(refers_to);
    std::transform(label.begin(), label.end(), label.begin(), ::toupper);
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    label = "true|false";
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    label = "VALUE";
  } else if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    label = "NUMBER";
  }
  return field.is_repeated() ? label + "[,...]" : label;
}

std::string HelpOf(const FieldDescriptor& field) {
  std::string text = config::CommentOf(field);
  if (config::RulesOf(field).required()) text = "(required) " + text;
  return text + LimitsOf(field);
}

std::vector<std::string> ValuesOf(const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return {"true", "false"};
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return {};
  return absl::StrSplit(config::EnumNames(*field.enum_type()), ", ");
}

}  // namespace um::cli
