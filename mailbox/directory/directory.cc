#include "mailbox/directory/directory.h"

#include <fmt/format.h>

#include <set>

#include "common/base/status.h"
#include "common/config/load.h"
#include "um/config/v1/organisation.pb.h"

namespace um::directory {
namespace {

namespace pb = um::config::v1;
using config::Problem;
using domain::Milliseconds;

/// Turns the checked document into domain values and notes what only the whole can show to be
/// wrong.
class Converter {
 public:
  explicit Converter(std::vector<Problem>& problems) : problems_(problems) {}

  domain::Organisation Convert(const pb::Organisation& in) {
    domain::Organisation out;
    out.id = in.id();
    if (!IsName(in.id())) Report("id", "must be a name of letters, digits, '-' and '_'");
    for (int i = 0; i < in.gateways_size(); ++i) {
      out.gateways.push_back(Gateway(in.gateways(i), fmt::format("gateways[{}]", i)));
    }
    for (int i = 0; i < in.dial_plans_size(); ++i) {
      out.dial_plans.push_back(Plan(in.dial_plans(i), fmt::format("dial_plans[{}]", i)));
    }
    for (int i = 0; i < in.hunt_groups_size(); ++i) {
      out.hunt_groups.push_back(Group(in.hunt_groups(i), out, fmt::format("hunt_groups[{}]", i)));
    }
    for (int i = 0; i < in.mailboxes_size(); ++i) {
      out.mailboxes.push_back(Box(in.mailboxes(i), out, fmt::format("mailboxes[{}]", i)));
    }
    return out;
  }

 private:
  void Report(const std::string& path, std::string text) {
    problems_.push_back({path, 0, std::move(text)});
  }

  static bool IsName(const std::string& text) {
    return !text.empty() && text.size() <= 64 &&
           text.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               std::string::npos;
  }

  static bool IsDigits(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  }

  /// A name people gave: anything readable, once.
  void CheckUnique(std::set<std::string>& seen, const std::string& name, const std::string& path,
                   const char* what) {
    if (name.empty() || name.size() > 64) return Report(path, "must have 1 to 64 characters");
    if (!seen.insert(name).second) Report(path, fmt::format("{} {} is there twice", what, name));
  }

  uint32_t Range(uint32_t value, uint32_t standard, uint32_t low, uint32_t high,
                 const std::string& path) {
    if (value == 0) return standard;
    if (value < low || value > high) Report(path, fmt::format("must be from {} to {}", low, high));
    return value;
  }

  domain::IpGateway Gateway(const pb::IpGateway& in, const std::string& path) {
    domain::IpGateway out{.name = in.name(), .enabled = !in.has_enabled() || in.enabled()};
    CheckUnique(gateway_names_, in.name(), path + ".name", "IP gateway");
    if (in.addresses().empty()) Report(path + ".addresses", "must name at least one address");
    for (int i = 0; i < in.addresses_size(); ++i) {
      const auto network = net::Network::Parse(in.addresses(i));
      if (!network) {
        Report(fmt::format("{}.addresses[{}]", path, i),
               "must be an IP address or a network like 192.0.2.0/24");
      } else if (!networks_.insert(*network).second) {
        Report(fmt::format("{}.addresses[{}]", path, i), "belongs to another IP gateway too");
      } else {
        out.addresses.push_back(*network);
      }
    }
    if (in.ticket() == pb::TICKET_RULE_REQUIRED) out.ticket = domain::TicketRule::kRequired;
    if (in.rtp_source() == pb::RTP_SOURCE_STRICT) out.rtp_source = domain::RtpSourceRule::kStrict;
    if (!in.advertised_address().empty()) {
      out.advertised_address = net::IpAddress::Parse(in.advertised_address());
      if (!out.advertised_address) Report(path + ".advertised_address", "must be an IP address");
    }
    return out;
  }

  domain::DialPlan Plan(const pb::DialPlan& in, const std::string& path) {
    domain::DialPlan out{.name = in.name()};
    CheckUnique(plan_names_, in.name(), path + ".name", "dial plan");
    out.extension_digits =
        static_cast<int>(Range(in.extension_digits(), 4, 1, 20, path + ".extension_digits"));
    if (!in.language().empty()) out.language = in.language();
    out.max_recording = std::chrono::minutes(
        Range(in.max_recording_minutes(), 20, 1, 100, path + ".max_recording_minutes"));
    out.max_call =
        std::chrono::minutes(Range(in.max_call_minutes(), 30, 10, 120, path + ".max_call_minutes"));
    if (out.max_call <= out.max_recording) {
      Report(path + ".max_call_minutes", "must be above max_recording_minutes");
    }
    out.recording_idle_timeout = std::chrono::seconds(Range(
        in.recording_idle_timeout_seconds(), 5, 2, 10, path + ".recording_idle_timeout_seconds"));
    if (in.has_min_speech_ms()) {
      out.min_speech = Milliseconds(in.min_speech_ms());
      if (in.min_speech_ms() > 10000) Report(path + ".min_speech_ms", "must be from 0 to 10000");
    }
    return out;
  }

  domain::HuntGroup Group(const pb::HuntGroup& in, const domain::Organisation& organisation,
                          const std::string& path) {
    CheckUnique(group_names_, in.name(), path + ".name", "hunt group");
    CheckReference(organisation.gateways, in.gateway(), path + ".gateway", "IP gateway");
    CheckReference(organisation.dial_plans, in.dial_plan(), path + ".dial_plan", "dial plan");
    if (!pilots_.emplace(in.gateway(), in.pilot()).second) {
      Report(path + ".pilot", fmt::format("IP gateway {} has this pilot already", in.gateway()));
    }
    return {in.name(), in.gateway(), in.pilot(), in.dial_plan()};
  }

  domain::Mailbox Box(const pb::UmMailbox& in, const domain::Organisation& organisation,
                      const std::string& path) {
    domain::Mailbox out{in.id().empty() ? in.email() : in.id(), in.dial_plan(), in.extension(),
                        in.name(), in.email()};
    const domain::DialPlan* plan =
        CheckReference(organisation.dial_plans, in.dial_plan(), path + ".dial_plan", "dial plan");
    if (!IsDigits(in.extension())) {
      Report(path + ".extension", "must be digits");
    } else if (plan && static_cast<int>(in.extension().size()) != plan->extension_digits) {
      Report(path + ".extension", fmt::format("must have {} digits in dial plan {}",
                                              plan->extension_digits, plan->name));
    } else if (!extensions_.emplace(in.dial_plan(), in.extension()).second) {
      Report(path + ".extension",
             fmt::format("dial plan {} has extension {} already", in.dial_plan(), in.extension()));
    }
    const size_t at = in.email().find('@');
    if (at == std::string::npos || at == 0 || at + 1 == in.email().size() ||
        in.email().size() > 254 || in.email().find_first_of(" <>,;\"") != std::string::npos) {
      Report(path + ".email", "must be an e-mail address");
    }
    if (in.name().empty() || in.name().size() > 128) {
      Report(path + ".name", "must have 1 to 128 characters");
    }
    if (!mailbox_ids_.insert(out.id).second) {
      Report(path + (in.id().empty() ? ".email" : ".id"),
             fmt::format("mailbox {} is there twice", out.id));
    }
    return out;
  }

  template <class T>
  const T* CheckReference(const std::vector<T>& items, const std::string& name,
                          const std::string& path, const char* what) {
    for (const T& item : items) {
      if (item.name == name) return &item;
    }
    Report(path, name.empty() ? fmt::format("must name a {}", what)
                              : fmt::format("there is no {} {}", what, name));
    return nullptr;
  }

  std::vector<Problem>& problems_;
  std::set<std::string> gateway_names_, plan_names_, group_names_, mailbox_ids_;
  std::set<net::Network> networks_;
  std::set<std::pair<std::string, std::string>> pilots_, extensions_;
};

}  // namespace

absl::StatusOr<domain::Organisation> LoadOrganisation(const std::string& path) {
  pb::Organisation document;
  UM_RETURN_IF_ERROR(config::LoadFile(path, document));
  std::vector<Problem> problems;
  domain::Organisation organisation = Converter(problems).Convert(document);
  if (!problems.empty()) return absl::InvalidArgumentError(config::Describe(path, problems));
  return organisation;
}

}  // namespace um::directory
