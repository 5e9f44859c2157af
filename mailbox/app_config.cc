#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "common/base/status.h"
#include "common/config/load.h"
#include "common/net/endpoint.h"
#include "mailbox/admin/grants.h"
#include "mailbox/app.h"
#include "mailbox/delivery/runner.h"
#include "mailbox/delivery/transport.h"
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
  } else if (!rtp.address().empty() && rtp.advertised().empty() &&
             net::IpAddress::Parse(rtp.address())->is_unspecified()) {
    problems.push_back({"rtp.address", 0,
                        "is any address, which callers cannot send to: leave it out (each call's "
                        "own is used), or say in rtp.advertised what they shall use"});
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

void CheckSecret(const char* field, const std::string& file, std::vector<Problem>& problems) {
  if (!ReadSecret(file)) problems.push_back({field, 0, file + " cannot be read, or is empty"});
}

void CheckMail(const config::v1::Mail& mail, std::vector<Problem>& problems) {
  if (mail.server().empty()) {
    problems.push_back({"mail.server", 0, "must say where mail goes, like lmtp://127.0.0.1:24"});
  } else if (const auto transport = delivery::MakeTransport({.address = mail.server(),
                                                             .username = mail.username(),
                                                             .require_tls = mail.require_tls()},
                                                            {});
             !transport.ok()) {
    problems.push_back({"mail.server", 0, Message(transport.status())});
  }
  CheckSecret("mail.password_file", mail.password_file(), problems);
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

std::optional<std::string> ReadSecret(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path);
  std::string secret;
  if (!file || !std::getline(file, secret)) return std::nullopt;
  return secret;
}

absl::StatusOr<MailboxNode> WithDefaults(MailboxNode config, const std::string& file) {
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
  CheckSecret("store_password_file", config.store_password_file(), problems);
  std::error_code unknown;
  if (!std::filesystem::is_directory(config.prompts().sounds(), unknown)) {
    problems.push_back({"prompts.sounds", 0, config.prompts().sounds() + " is no directory"});
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
  if (!problems.empty()) return absl::InvalidArgumentError(config::Describe(file, problems));
  return config;
}

}  // namespace um
