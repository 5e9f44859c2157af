#include "mailbox/admin/service.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <sys/stat.h>

#include <chrono>
#include <ctime>

#include "common/base/status.h"
#include "common/base/ulid.h"
#include "common/base/version.h"
#include "mailbox/admin/calls.h"
#include "mailbox/admin/contacts.h"
#include "mailbox/admin/convert.h"
#include "mailbox/admin/directory_service.h"
#include "mailbox/admin/door.h"
#include "mailbox/admin/find.h"
#include "mailbox/admin/greetings.h"
#include "mailbox/admin/keeping.h"
#include "mailbox/admin/lamps.h"
#include "mailbox/admin/organisations.h"
#include "mailbox/admin/queue.h"
#include "mailbox/admin/socket.h"
#include "mailbox/audio/files.h"
#include "mailbox/domain/names.h"
#include "um/admin/v1/messages.pb.h"

namespace um::admin {
namespace {

constexpr uint32_t kDefaultLimit = 100;
constexpr uint32_t kMostListed = 1000;
/// Requests block on the store: a few threads are enough, and no more are made than that.
constexpr int kLocalThreads = 8;

void Convert(const store::StoredMessage& from, v1::Message& to) {
  to.set_id(from.call.message_id);
  to.set_kind(std::string(domain::ToString(from.kind)));
  to.set_state(std::string(domain::ToString(from.state)));
  to.set_extension(from.call.extension);
  to.set_mailbox(from.call.mailbox_name);
  to.set_caller_number(from.call.caller.number);
  to.set_caller_name(from.call.caller.name);
  to.set_started(Rfc3339(from.call.started));
  to.set_duration_ms(static_cast<uint32_t>(from.duration.count()));
  to.set_trace_id(from.call.trace_id);
  to.set_attempts(static_cast<uint32_t>(from.attempts));
  to.set_last_error(from.last_error);
  to.set_email(from.address());
  if (from.heard) to.set_heard(Rfc3339(*from.heard));
  to.set_important(from.call.marks.important);
  if (from.delivered) to.set_delivered(Rfc3339(*from.delivered));
}

class MessagesService final {
 public:
  /// @param queue nullptr: there are no notices
  MessagesService(store::MessageStore& store, store::QueueStore* queue, Node& node,
                  delivery::Originator originator)
      : store_(store), queue_(queue), node_(node), originator_(std::move(originator)) {}
  void ServeThrough(Door& door) {
    using S = MessagesService;
    door.Unary("um.admin.v1.Messages.FetchMessage", *this, &S::FetchMessage);
    door.Unary("um.admin.v1.Messages.GetStatus", *this, &S::GetStatus);
    door.Unary("um.admin.v1.Messages.ListMessages", *this, &S::ListMessages);
  }

  grpc::Status ListMessages(const Call&, const v1::ListMessagesRequest* request,
                            v1::ListMessagesResponse* response) {
    const auto routing = node_.Routing();
    const auto place = Find(*routing, request->organisation(), request->mailbox());
    if (!place.ok()) return ToGrpc(place.status());
    const auto& [organisation, mailbox] = *place;
    const uint32_t limit =
        request->limit() == 0 ? kDefaultLimit : std::min(request->limit(), kMostListed);
    const std::string& extension = mailbox ? mailbox->extension : request->mailbox();
    const auto messages = store_.List(organisation, extension, static_cast<int>(limit));
    if (!messages.ok()) return ToGrpc(messages.status());
    // A mailbox that is gone may have left messages; they can still be listed.
    if (!mailbox && messages->empty()) {
      return grpc::Status(grpc::NOT_FOUND,
                          fmt::format("no mailbox has the extension, id or mail address {}",
                                      domain::Quoted(request->mailbox())));
    }
    for (const auto& message : *messages) Convert(message, *response->add_messages());
    return grpc::Status::OK;
  }

  grpc::Status FetchMessage(const Call&, const v1::FetchMessageRequest* request,
                            v1::FetchMessageResponse* response) {
    if (!IsUlid(request->id())) {
      return grpc::Status(grpc::INVALID_ARGUMENT, "a message id has 26 letters and digits");
    }
    auto content = Fetch(*request);
    if (!content.ok()) return ToGrpc(content.status());
    response->set_content(*std::move(content));
    return grpc::Status::OK;
  }

  grpc::Status GetStatus(const Call&, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* response) {
    const Status status = node_.Now();
    response->set_node(status.node);
    response->set_version(kVersion);
    response->set_calls(static_cast<uint32_t>(status.calls));
    response->set_max_calls(static_cast<uint32_t>(status.max_calls));
    response->set_uptime_s(status.uptime_s);
    response->set_spool_healthy(status.spool_healthy);
    response->set_routing_loaded(status.routing_loaded);
    response->set_mailboxes(static_cast<uint32_t>(status.mailboxes));
    const auto counts = store_.Count();
    if (!counts.ok()) return ToGrpc(counts.status());
    response->set_queued(counts->queued);
    response->set_retrying(counts->retrying);
    response->set_delivered(counts->delivered);
    response->set_undeliverable(counts->undeliverable);
    if (!queue_) return grpc::Status::OK;
    const auto notices = queue_->Count();
    if (!notices.ok()) return ToGrpc(notices.status());
    response->set_notices_queued(notices->notices);
    response->set_notices_undeliverable(notices->notices_undeliverable);
    return grpc::Status::OK;
  }

 private:
  /// Whose messages: the organisation that was named, else the only one there is, and its mailbox
  /// of that extension, else id or mail address; null: it has none.
  static absl::StatusOr<std::pair<std::string, const domain::Mailbox*>> Find(
      const domain::RoutingCopy& routing, const std::string& named, const std::string& name) {
    if (named.empty() && routing.organisations().size() > 1) {
      return SayWhichOrganisation();
    }
    const std::string folded = domain::FoldName(name);
    const domain::Mailbox* mailbox = nullptr;
    for (const auto& routes : routing.organisations()) {
      const domain::Organisation& each = routes->organisation();
      if (!named.empty() && each.id != named) continue;
      mailbox = each.mailboxes.FindIf([&](const auto& box) { return box.extension == name; });
      if (mailbox == nullptr) {
        mailbox = each.mailboxes.FindIf([&](const auto& box) {
          return domain::FoldName(box.id) == folded || domain::FoldName(box.email) == folded;
        });
      }
      return std::pair(each.id, mailbox);
    }
    return std::pair(named, mailbox);
  }

  absl::StatusOr<std::string> Fetch(const v1::FetchMessageRequest& request) {
    const v1::Format format = request.format();
    absl::StatusOr<store::StoredMessage> found = store_.Get(request.id());
    const bool elsewhere = found.ok() && !request.organisation().empty() &&
                           found->call.organisation != request.organisation();
    if (elsewhere || absl::IsNotFound(found.status())) {
      return absl::NotFoundError("there is no message " + request.id());
    }
    if (!found.ok()) return found.status();
    const store::StoredMessage& message = *found;
    if (format == v1::FORMAT_EML) return delivery::ComposeMail(store_, message, originator_);
    if (message.kind == domain::MessageKind::kMissedCall) {
      return absl::FailedPreconditionError(
          "a missed call has no recording; its mail can be fetched as .eml");
    }
    return delivery::ComposeAudio(
        store_, message,
        format == v1::FORMAT_MP3 ? domain::AudioFormat::kMp3 : domain::AudioFormat::kG711);
  }

  store::MessageStore& store_;
  store::QueueStore* const queue_;
  Node& node_;
  const delivery::Originator originator_;
};

/// Whoever may open the socket is root or the service's own user.
class Root final : public Authority {
 public:
  absl::StatusOr<Caller> Authenticate(const grpc::ServerContext&) override {
    return Caller{"root (local)", {.everywhere = kEverything, .in = {}}, ""};
  }
  bool IsStillValid(const Caller&) override { return true; }
  void OnRefused(const grpc::ServerContext&, const Caller&, std::string_view,
                 const absl::Status&) override {}
};

class RunningServer final : public AdminServer {
 public:
  RunningServer(const Administered& administered, Node& node,
                const delivery::Originator& originator)
      : messages_(administered.messages, administered.queue, node, originator),
        keeping_({administered.messages, administered.registry, [&node] { return node.Routing(); },
                  administered.erased, administered.store_directory, administered.greetings,
                  administered.contacts}) {
    if (administered.registry) {
      organisations_ = std::make_unique<OrganisationsService>(*administered.registry,
                                                              *administered.organisations);
      directory_ =
          std::make_unique<DirectoryService>(*administered.registry, administered.directories);
    }
    if (administered.pins) {
      pins_ = std::make_unique<PinsService>(*administered.registry, *administered.pins,
                                            administered.mail_new_pin);
    }
    if (administered.registry && administered.queue) {
      queue_ = std::make_unique<QueueService>(*administered.registry, *administered.organisations,
                                              *administered.queue, administered.nudge);
    }
    if (administered.registry && administered.calls) {
      calls_ = std::make_unique<CallsService>(*administered.registry, *administered.calls,
                                              administered.active_calls);
    }
    if (administered.registry && administered.lamps) {
      lamps_ = std::make_unique<LampsService>(
          LampsServed{*administered.registry, administered.messages, *administered.lamps,
                      [&node] { return node.Routing(); }, administered.nudge_lamps});
    }
    if (administered.registry && administered.greetings) {
      greetings_ =
          std::make_unique<GreetingsService>(*administered.registry, *administered.greetings);
    }
    if (administered.registry && administered.contacts) {
      contacts_ = std::make_unique<ContactsService>(*administered.registry, *administered.contacts,
                                                    [&node] { return node.Routing(); });
    }
  }
  ~RunningServer() override {
    network_.reset();
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  }

  absl::Status Listen(const std::string& path) {
    UM_RETURN_IF_ERROR(PrepareSocketPath(path));
    ServeThrough(local_);
    grpc::ServerBuilder builder;
    builder.SetResourceQuota(grpc::ResourceQuota("admin").SetMaxThreads(kLocalThreads));
    builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
    builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
    // An organisation of 50,000 mailboxes in one request; root's or our own.
    builder.SetMaxReceiveMessageSize(64 << 20);
    builder.SetMaxSendMessageSize(-1);
    builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials());
    builder.RegisterService(&local_);
    const mode_t before = umask(0177);  // the socket is made here: nobody else may ever open it
    server_ = builder.BuildAndStart();
    umask(before);
    if (!server_) return absl::UnavailableError("listen on " + path);
    return absl::OkStatus();
  }

  absl::Status ListenOnNetwork(const NetworkOptions& options) {
    if (options.administration.listeners().empty()) return absl::OkStatus();
    UM_ASSIGN_OR_RETURN(network_,
                        StartNetworkServer(options, [this](Door& door) { ServeThrough(door); }));
    return absl::OkStatus();
  }

  std::vector<net::Endpoint> endpoints() const override {
    return network_ ? network_->endpoints() : std::vector<net::Endpoint>();
  }

 private:
  void ServeThrough(Door& door) {
    messages_.ServeThrough(door);
    keeping_.ServeThrough(door);
    if (organisations_) organisations_->ServeThrough(door);
    if (directory_) directory_->ServeThrough(door);
    if (pins_) pins_->ServeThrough(door);
    if (queue_) queue_->ServeThrough(door);
    if (calls_) calls_->ServeThrough(door);
    if (lamps_) lamps_->ServeThrough(door);
    if (greetings_) greetings_->ServeThrough(door);
    if (contacts_) contacts_->ServeThrough(door);
  }

  Root root_;
  Door local_{root_, kLocalThreads};
  MessagesService messages_;
  KeepingService keeping_;
  std::unique_ptr<OrganisationsService> organisations_;
  std::unique_ptr<DirectoryService> directory_;
  std::unique_ptr<PinsService> pins_;
  std::unique_ptr<QueueService> queue_;
  std::unique_ptr<CallsService> calls_;
  std::unique_ptr<LampsService> lamps_;
  std::unique_ptr<GreetingsService> greetings_;
  std::unique_ptr<ContactsService> contacts_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<NetworkServer> network_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> StartAdminServer(
    const std::string& socket_path, const Administered& administered, Node& node,
    const delivery::Originator& originator, const NetworkOptions& network) {
  auto server = std::make_unique<RunningServer>(administered, node, originator);
  UM_RETURN_IF_ERROR(server->Listen(socket_path));
  UM_RETURN_IF_ERROR(server->ListenOnNetwork(network));
  return server;
}

}  // namespace um::admin
