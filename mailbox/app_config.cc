#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <thread>

#include "common/config/load.h"
#include "common/net/endpoint.h"
#include "mailbox/admin/grants.h"
#include "mailbox/app.h"
#include "mailbox/directory/settings.h"
#include "mailbox/store/stores.h"

namespace um {
namespace {

using config::Problem;
using config::v1::MailboxNode;

void CheckListeners(const MailboxNode& config, std::vector<Problem>& problems) {
  for (int i = 0; i < config.listeners_size(); ++i) {
    const auto& listener = config.listeners(i);
    const std::string path = fmt::format("listeners[{}]", i);
    if (listener.transport() != "udp" && listener.transport() != "tcp") {
      problems.push_back({path + ".transport", 0, "must be udp or tcp"});
    }
    if (!net::Endpoint::Parse(listener.address())) {
      problems.push_back({path + ".address", 0, "must be ADDRESS:PORT, like 192.0.2.11:5062"});
    }
    if (!listener.advertised().empty() && !net::Endpoint::Parse(listener.advertised())) {
      problems.push_back({path + ".advertised", 0, "must be ADDRESS:PORT"});
    }
  }
}

void CheckRtp(const config::v1::Rtp& rtp, std::vector<Problem>& problems) {
  if (rtp.first_port() < 1024 || rtp.last_port() > 65535 ||
      rtp.first_port() + 1 > rtp.last_port()) {
    problems.push_back(
        {"rtp.first_port", 0, "ports must be from 1024 to 65535, the first below the last"});
  }
  if (!rtp.address().empty() && !net::IpAddress::Parse(rtp.address())) {
    problems.push_back({"rtp.address", 0, "must be an IP address"});
  }
  if (!rtp.advertised().empty() && !net::IpAddress::Parse(rtp.advertised())) {
    problems.push_back({"rtp.advertised", 0, "must be an IP address"});
  }
}

void CompleteDirectories(MailboxNode& config, std::vector<Problem>& problems) {
  std::set<std::string> organisations;
  for (int i = 0; i < config.directories_size(); ++i) {
    auto& settings = *config.mutable_directories(i);
    const std::string path = fmt::format("directories[{}]", i);
    directory::Complete(settings, path, problems);
    if (!organisations.insert(settings.organisation()).second) {
      problems.push_back({path + ".organisation", 0, "has a directory already"});
    }
  }
}

void CheckMail(const config::v1::Mail& mail, std::vector<Problem>& problems) {
  if (mail.server().empty()) {
    problems.push_back({"mail.server", 0, "must say where mail goes, like lmtp://127.0.0.1:24"});
  }
  if (mail.notices_per_minute() > 60000) {
    problems.push_back({"mail.notices_per_minute", 0, "must be from 1 to 60000"});
  }
  if (mail.notices_at_once() > 4) {
    problems.push_back({"mail.notices_at_once", 0, "must be from 1 to 4"});
  }
}

void CheckLamps(const config::v1::Lamps& lamps, std::vector<Problem>& problems) {
  if (lamps.at_once() > 1000) problems.push_back({"lamps.at_once", 0, "must be from 1 to 1000"});
  if (lamps.per_second() > 10000) {
    problems.push_back({"lamps.per_second", 0, "must be from 1 to 10000"});
  }
}

}  // namespace

absl::StatusOr<MailboxNode> WithDefaults(MailboxNode config) {
  char host[256] = "um-mailbox";
  gethostname(host, sizeof host - 1);
  if (config.name().empty()) config.set_name(host);
  if (config.data_directory().empty()) config.set_data_directory("/var/lib/voxpost");
  if (config.listeners().empty()) {
    auto* listener = config.add_listeners();
    listener->set_transport("tcp");
    listener->set_address("0.0.0.0:5062");
  }
  auto& rtp = *config.mutable_rtp();
  if (rtp.first_port() == 0) rtp.set_first_port(16384);
  if (rtp.last_port() == 0) rtp.set_last_port(32767);
  if (rtp.threads() == 0) rtp.set_threads(std::max(1u, std::thread::hardware_concurrency() - 1));
  if (rtp.timeout_ms() == 0) rtp.set_timeout_ms(30000);
  if (config.handover().empty()) config.set_handover("127.0.0.1:5070");
  if (config.admin_socket().empty()) config.set_admin_socket("/run/voxpost/admin.sock");
  if (config.max_calls() == 0) config.set_max_calls(100);
  if (config.call_record_days() == 0) config.set_call_record_days(90);
  auto& mail = *config.mutable_mail();
  if (mail.host_name().empty()) mail.set_host_name(host);
  if (mail.from().empty()) mail.set_from("voicemail@" + mail.host_name());
  if (mail.notices_per_minute() == 0) mail.set_notices_per_minute(300);
  if (mail.notices_at_once() == 0) mail.set_notices_at_once(1);
  auto& lamps = *config.mutable_lamps();
  if (lamps.at_once() == 0) lamps.set_at_once(32);
  if (lamps.per_second() == 0) lamps.set_per_second(250);
  if (config.prompts().sounds().empty()) {
    config.mutable_prompts()->set_sounds("/usr/share/asterisk/sounds");
  }

  std::vector<Problem> problems;
  CheckListeners(config, problems);
  CompleteDirectories(config, problems);
  CheckRtp(rtp, problems);
  CheckMail(mail, problems);
  CheckLamps(lamps, problems);
  // The URL is not quoted: it may have a password.
  if (!config.store().empty() && !store::IsPostgresUrl(config.store())) {
    problems.push_back({"store", 0, "must be like postgresql://voxpost@db.example.com/voxpost"});
  }
  for (Problem& problem : admin::CheckAdministration(config.administration())) {
    problems.push_back(std::move(problem));
  }
  const auto handover = net::Endpoint::Parse(config.handover());
  if (!handover) {
    problems.push_back({"handover", 0, "must be ADDRESS:PORT"});
  } else if (handover->ip.is_unspecified() && config.handover_advertised().empty()) {
    problems.push_back(
        {"handover_advertised", 0,
         "must say where um-proxy finds this node, because handover is any address"});
  }
  if (!problems.empty())
    return absl::InvalidArgumentError(config::Describe("configuration", problems));
  return config;
}

}  // namespace um
