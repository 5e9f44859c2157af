#include "mailbox/app.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <map>
#include <mutex>

#include "common/async/worker_pool.h"
#include "common/base/status.h"
#include "common/base/version.h"
#include "common/log/log.h"
#include "common/net/sip_sockets.h"
#include "mailbox/admin/follow.h"
#include "mailbox/admin/notices.h"
#include "mailbox/admin/registry.h"
#include "mailbox/admin/service.h"
#include "mailbox/calls/call_server.h"
#include "mailbox/delivery/runner.h"
#include "mailbox/directory/ldap_directory.h"
#include "mailbox/handover/server.h"
#include "mailbox/lamps/subscribers.h"
#include "mailbox/lamps/teller.h"
#include "mailbox/media/engine.h"
#include "mailbox/organisation/keeping.h"
#include "mailbox/pins/keeper.h"
#include "mailbox/prompts/library.h"
#include "mailbox/store/call_log.h"
#include "mailbox/store/contacts.h"
#include "mailbox/store/disk_spool.h"
#include "mailbox/store/expiry.h"
#include "mailbox/store/greetings.h"
#include "mailbox/store/lease_owner.h"
#include "mailbox/store/quotas.h"
#include "mailbox/store/stores.h"
#include "mailbox/ua/user_agent.h"

namespace um {
namespace {

using config::v1::MailboxNode;

constexpr int kWorkers = 4;

net::Protocol ProtocolOf(const config::v1::MailboxListener& listener) {
  return listener.transport() == "udp" ? net::Protocol::kUdp : net::Protocol::kTcp;
}

class RunningApp final : public App, private admin::Node {
 public:
  RunningApp(async::EpollLoop& loop, const MailboxNode& config) : loop_(loop), config_(config) {}
  ~RunningApp() override;

  absl::Status Open();
  void Drain() override {
    calls_->Drain([this] { loop_.Stop(); });
    handover_->Refresh();  // proxies offer nothing more from now on
  }

 private:
  absl::Status OpenMessages();
  domain::RetentionRules Retention() const;
  absl::Status OpenDelivery();
  absl::Status MailNewPin(const store::Notice& notice);
  void SetRouting(const std::shared_ptr<const domain::RoutingCopy>& routing);
  absl::Status OpenCalls();
  absl::Status OpenSip();
  absl::Status OpenLamps();
  void NudgeLamps();
  void OpenDirectories();
  domain::PeoplePtr PeopleOf(const std::string& organisation) const;
  absl::Status OpenDoors();
  std::map<net::Protocol, net::Endpoint> SipByTransport() const;

  // admin::Node
  admin::Status Now() override;
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    const std::lock_guard lock(routing_mutex_);
    return routing_;
  }

  async::EpollLoop& loop_;
  const MailboxNode config_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::mutex routing_mutex_;
  std::shared_ptr<const domain::RoutingCopy> routing_;  // guarded, like the next
  std::string routing_loaded_;
  delivery::MailOptions mail_;
  handover::TicketKeys ticket_keys_;

  // In order of dependence: what is below uses what is above, and goes first.
  async::WorkerPool workers_{kWorkers};
  std::unique_ptr<store::Files> files_ = store::RealFiles();
  store::Stores stores_;
  std::unique_ptr<admin::Registry> registry_;
  std::vector<std::unique_ptr<directory::LdapDirectory>> directories_;
  pins::Hasher hasher_;
  std::unique_ptr<pins::PinKeeper> pins_;
  std::unique_ptr<delivery::Runner> delivery_;
  std::unique_ptr<store::DiskSpool> spool_;
  std::unique_ptr<store::StoreQuotas> quotas_;
  std::unique_ptr<store::StoreGreetings> greetings_;
  std::unique_ptr<store::StoreContacts> contacts_;
  std::unique_ptr<store::Expiry> expiry_;
  std::unique_ptr<store::CallLog> call_log_;
  std::unique_ptr<prompts::Library> prompts_;
  std::unique_ptr<media::Engine> media_;
  std::unique_ptr<net::SipSockets> sockets_;
  std::unique_ptr<calls::CallServer> calls_;
  std::unique_ptr<ua::UserAgent> user_agent_;
  std::unique_ptr<lamps::Teller> lamps_;
  std::unique_ptr<lamps::Subscribers> subscribers_;
  std::unique_ptr<handover::Server> handover_;
  std::unique_ptr<admin::AdminServer> admin_;
};

RunningApp::~RunningApp() {
  // Calls end first: their recordings are sealed while everything that keeps them is still there.
  admin_.reset();
  directories_.clear();
  expiry_.reset();
  if (registry_) registry_->Stop();  // mails that are under way still ask it for their mailboxes
  handover_.reset();
  if (calls_) calls_->StopAll();
}

absl::Status RunningApp::Open() {
  UM_RETURN_IF_ERROR(OpenMessages());
  UM_RETURN_IF_ERROR(OpenCalls());
  UM_RETURN_IF_ERROR(OpenSip());
  UM_RETURN_IF_ERROR(OpenLamps());
  OpenDirectories();
  UM_RETURN_IF_ERROR(OpenDoors());
  log::Info("mailbox.started", {{"name", config_.name()},
                                {"version", kVersion},
                                {"mailboxes", Routing()->mailboxes()},
                                {"data", config_.data_directory()}});
  return absl::OkStatus();
}

/// What keeps messages and sends them on.
absl::Status RunningApp::OpenMessages() {
  UM_RETURN_IF_ERROR(files_->MakeDirectories(config_.data_directory()));
  UM_ASSIGN_OR_RETURN(stores_, store::Open({.url = config_.store(),
                                            .directory = config_.data_directory(),
                                            .password_file = config_.store_password_file()}));
  UM_ASSIGN_OR_RETURN(registry_,
                      admin::Registry::Open(*stores_.organisations,
                                            [this](const auto& routing) { SetRouting(routing); }));
  UM_ASSIGN_OR_RETURN(const store::MessageStore::PoolKey key, stores_.messages->CurrentPoolKey());
  ticket_keys_.keys[key.generation] = key.key;
  std::optional<std::string> password = ReadSecret(config_.mail().password_file());
  if (!password) return absl::NotFoundError("the mail server's password is gone");
  mail_ = {.address = config_.mail().server(),
           .from = config_.mail().from(),
           .host_name = config_.mail().host_name(),
           .username = config_.mail().username(),
           .password = *std::move(password),
           .require_tls = config_.mail().require_tls(),
           // One is always the messages'.
           .threads = 1 + static_cast<int>(config_.mail().notices_at_once()),
           .notices_per_second = config_.mail().notices_per_minute() / 60.0,
           .notices_at_once = static_cast<int>(config_.mail().notices_at_once())};
  UM_RETURN_IF_ERROR(OpenDelivery());
  UM_ASSIGN_OR_RETURN(
      spool_, store::DiskSpool::Open(loop_, workers_, *files_, *stores_.messages,
                                     {.directory = config_.data_directory() + "/spool"}, [this] {
                                       delivery_->Nudge();
                                       NudgeLamps();
                                     }));
  quotas_ = std::make_unique<store::StoreQuotas>(loop_, workers_, *stores_.messages);
  greetings_ = std::make_unique<store::StoreGreetings>(loop_, workers_, *stores_.greetings);
  contacts_ = std::make_unique<store::StoreContacts>(loop_, workers_, *stores_.contacts);
  expiry_ = std::make_unique<store::Expiry>(loop_, workers_, *stores_.messages,
                                            [this] { return Retention(); });
  call_log_ = std::make_unique<store::CallLog>(
      loop_, workers_, *stores_.calls,
      store::CallLogOptions{.keep = std::chrono::hours(24) * config_.call_record_days()});
  return absl::OkStatus();
}

domain::RetentionRules RunningApp::Retention() const {
  domain::RetentionRules rules;
  for (const organisation::ModelPtr& model : registry_->Models()) {
    organisation::AddRetention(*model, rules);
  }
  return rules;
}

/// Messages, and notices with PINs that are made as their mails go out.
absl::Status RunningApp::OpenDelivery() {
  pins_ = std::make_unique<pins::PinKeeper>(
      [this](const std::string& organisation) { return registry_->Find(organisation); },
      *stores_.organisations, hasher_);
  const delivery::Notices notices{
      .store = stores_.notices.get(),
      .facts = [this](const auto& notice) { return admin::FactsOf(*registry_, notice); },
      .renew = [this](const std::string& organisation,
                      const std::string& mailbox) { return pins_->Renew(organisation, mailbox); }};
  UM_ASSIGN_OR_RETURN(delivery_, delivery::StartRunner(*stores_.messages, mail_, notices));
  return absl::OkStatus();
}

absl::Status RunningApp::MailNewPin(const store::Notice& notice) {
  UM_RETURN_IF_ERROR(stores_.notices->Queue(notice, pins::PinKeeper::SystemTime()));
  delivery_->Nudge();
  return absl::OkStatus();
}

/// Calls are decided by the store's organisations. Called from the thread that saw the change.
void RunningApp::SetRouting(const std::shared_ptr<const domain::RoutingCopy>& routing) {
  {
    const std::lock_guard lock(routing_mutex_);
    routing_ = routing;
    routing_loaded_ = fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)));
  }
  loop_.Post([this, routing] {
    if (calls_) calls_->SetRouting(routing);
    if (lamps_) lamps_->SetRouting(routing);
    if (subscribers_) subscribers_->SetRouting(routing);
    if (handover_) handover_->Refresh();
    if (delivery_) delivery_->Nudge();  // a change may have queued welcome mails
  });
}

/// What callers hear and speak to.
absl::Status RunningApp::OpenCalls() {
  UM_ASSIGN_OR_RETURN(prompts_,
                      prompts::LoadLibrary(loop_, workers_, {config_.prompts().sounds()}));
  media_ =
      media::StartEngine(loop_, {.threads = static_cast<int>(config_.rtp().threads()),
                                 .first_port = static_cast<uint16_t>(config_.rtp().first_port()),
                                 .last_port = static_cast<uint16_t>(config_.rtp().last_port())});
  calls::RtpAddresses rtp{.local = net::IpAddress::Parse(config_.rtp().address()),
                          .advertised = net::IpAddress::Parse(config_.rtp().advertised()),
                          .timeout = std::chrono::milliseconds(config_.rtp().timeout_ms())};
  calls::Services services{.loop = loop_, .media = *media_, .prompts = *prompts_, .rtp = rtp};
  services.people = [this](const std::string& organisation) { return PeopleOf(organisation); };
  services.contacts = contacts_.get();
  services.record = [this](domain::CallRecord record) {
    record.node = config_.name();
    call_log_->Add(std::move(record));
  };
  calls_ =
      std::make_unique<calls::CallServer>(services, *spool_, *quotas_, *greetings_, ticket_keys_,
                                          Routing(), static_cast<int>(config_.max_calls()));
  return absl::OkStatus();
}

absl::Status RunningApp::OpenSip() {
  std::vector<net::ListenerOptions> listeners;
  for (const auto& listener : config_.listeners()) {
    listeners.push_back({.protocol = ProtocolOf(listener),
                         .address = *net::Endpoint::Parse(listener.address()),
                         .advertised = net::Endpoint::Parse(listener.advertised())});
  }
  UM_ASSIGN_OR_RETURN(sockets_, net::SipSockets::Open(loop_, listeners));
  // One above the calls' own limit: that one is refused with a reason, by the call server.
  user_agent_ = ua::UserAgent::Create(
      loop_, *sockets_, *calls_, {.max_sessions = static_cast<int>(config_.max_calls()) + 100});
  sockets_->SetHandler(user_agent_.get());
  return absl::OkStatus();
}

/// What gateways are told of waiting messages.
absl::Status RunningApp::OpenLamps() {
  const std::string host = store::ThisHost();
  UM_RETURN_IF_ERROR(stores_.lamps->EndLeases(
      [&](const std::string& owner) { return store::IsDead(owner, host); }));
  const auto offload = [this](std::function<void()> job) { workers_.Submit(std::move(job)); };
  lamps_ = std::make_unique<lamps::Teller>(
      loop_, offload, *stores_.lamps, store::LeaseOwner(host),
      [this](const ua::Notification& notification, auto done) {
        user_agent_->Notify(notification, std::move(done));
      },
      lamps::TellerOptions{.at_once = static_cast<int>(config_.lamps().at_once()),
                           .per_second = static_cast<double>(config_.lamps().per_second())});
  lamps_->SetRouting(Routing());
  subscribers_ = std::make_unique<lamps::Subscribers>(loop_, offload, *stores_.lamps, *user_agent_);
  subscribers_->SetRouting(Routing());
  user_agent_->SetPublisher(subscribers_.get());
  return absl::OkStatus();
}

/// A count has changed. Called from any thread.
void RunningApp::NudgeLamps() {
  loop_.Post([this] {
    if (lamps_) lamps_->Nudge();
    if (subscribers_) subscribers_->Nudge();
  });
}

/// Where peers reach this node's SIP: what a redirect's contact names.
std::map<net::Protocol, net::Endpoint> RunningApp::SipByTransport() const {
  std::map<net::Protocol, net::Endpoint> reachable;
  const std::vector<net::Endpoint> bound = sockets_->endpoints();
  for (int i = 0; i < config_.listeners_size(); ++i) {
    const auto& listener = config_.listeners(i);
    const auto advertised = net::Endpoint::Parse(listener.advertised());
    reachable.emplace(ProtocolOf(listener), advertised.value_or(bound[static_cast<size_t>(i)]));
  }
  return reachable;
}

/// Where people come from; nothing waits for it.
void RunningApp::OpenDirectories() {
  for (const config::v1::Directory& settings : config_.directories()) {
    directories_.push_back(directory::LdapDirectory::Start(
        settings, *files_, config_.data_directory() + "/directory",
        [this, id = settings.organisation()](const domain::People& people) {
          admin::FollowDirectory(*registry_, id, people);
        }));
  }
}

/// Null: the organisation has no directory. Called by the loop: an answer of memory.
domain::PeoplePtr RunningApp::PeopleOf(const std::string& organisation) const {
  for (const auto& directory : directories_) {
    if (directory->settings().organisation() == organisation) return directory->Now().people;
  }
  return nullptr;
}

/// The doors for um-proxy and umctl: opened last, when calls can be taken.
absl::Status RunningApp::OpenDoors() {
  UM_ASSIGN_OR_RETURN(handover_,
                      handover::StartServer(loop_, *calls_, ticket_keys_,
                                            {.listen = config_.handover(),
                                             .node = config_.name(),
                                             .advertised_rpc = config_.handover_advertised(),
                                             .sip = SipByTransport(),
                                             .version = kVersion}));
  admin::Administered administered{.messages = *stores_.messages,
                                   .registry = registry_.get(),
                                   .organisations = stores_.organisations.get(),
                                   .pins = pins_.get(),
                                   .queue = stores_.queue.get(),
                                   .nudge = [this] { delivery_->Nudge(); },
                                   .calls = stores_.calls.get(),
                                   .active_calls = [this] { return calls_->Active(); },
                                   .greetings = stores_.greetings.get(),
                                   .contacts = stores_.contacts.get()};
  administered.mail_new_pin = [this](const std::string& organisation,
                                     const organisation::Entry& mailbox,
                                     const std::string& address) {
    return MailNewPin({store::NoticeKind::kPinReset, organisation, mailbox.id, address});
  };
  for (const auto& each : directories_) administered.directories.push_back(each.get());
  administered.erased = [this](const auto& ids) {
    spool_->RemoveErased(ids);
    NudgeLamps();
  };
  administered.lamps = stores_.lamps.get();
  administered.nudge_lamps = [this] { NudgeLamps(); };
  if (config_.store().empty()) administered.store_directory = config_.data_directory();
  UM_ASSIGN_OR_RETURN(admin_,
                      admin::StartAdminServer(config_.admin_socket(), administered, *this,
                                              {mail_.from, delivery::MessageIdDomain(mail_)},
                                              {.administration = config_.administration()}));
  return absl::OkStatus();
}

/// Asked from a gRPC thread: everything here is immutable or safe to read.
admin::Status RunningApp::Now() {
  const auto up = std::chrono::steady_clock::now() - started_;
  const std::lock_guard lock(routing_mutex_);
  return {.node = config_.name(),
          .calls = calls_->calls(),
          .max_calls = static_cast<int>(config_.max_calls()),
          .uptime_s =
              static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(up).count()),
          .spool_healthy = spool_->Healthy(),
          .routing_loaded = routing_loaded_,
          .mailboxes = routing_->mailboxes()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Start(async::EpollLoop& loop, const MailboxNode& config) {
  auto app = std::make_unique<RunningApp>(loop, config);
  UM_RETURN_IF_ERROR(app->Open());
  return app;
}

}  // namespace um
