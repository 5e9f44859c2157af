// What a large organisation costs: enabled in bulk by umctl through the real service and store,
// then listed, called and changed.
//
//   um_organisation_bench [MAILBOXES] [STORE]
//
// STORE is a PostgreSQL URL; without one it is SQLite in a folder that is removed afterwards.
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "mailbox/admin/service.h"
#include "mailbox/store/stores.h"
#include "um/admin/v1/organisations.grpc.pb.h"

using namespace um;
namespace v1 = um::admin::v1;
using Clock = std::chrono::steady_clock;

namespace {

template <class T>
T Must(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  fmt::print(stderr, "{}\n", value.status().ToString());
  std::exit(1);
}
void Must(const grpc::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.error_message());
  std::exit(1);
}

double Ms(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }
double CpuMs(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto ms = [](const timeval& t) {
    return double(t.tv_sec) * 1000 + double(t.tv_usec) / 1000;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}
double ResidentMb() {
  malloc_trim(0);
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word != "VmRSS:") continue;
    double kb = 0;
    status >> kb;
    return kb / 1024;
  }
  return 0;
}

class Node final : public admin::Node {
 public:
  admin::Status Now() override { return {}; }
  std::shared_ptr<const domain::RoutingCopy> Routing() override {
    const std::lock_guard lock(mutex_);
    return routing_;
  }
  void Set(std::shared_ptr<const domain::RoutingCopy> routing) {
    const std::lock_guard lock(mutex_);
    routing_ = std::move(routing);
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const domain::RoutingCopy> routing_;
};

class Bench {
 public:
  Bench(int mailboxes, const std::string& url) : mailboxes_(mailboxes) {
    std::string name = (std::filesystem::temp_directory_path() / "um-bench-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    stores_ = Must(store::Open({.url = url, .directory = folder_}));
    registry_ = Must(admin::Registry::Open(
        *stores_.organisations, [this](auto routing) { node_.Set(std::move(routing)); }));
    server_ = Must(admin::StartAdminServer(
        Socket(), {*stores_.messages, registry_.get(), stores_.organisations.get()}, node_,
        {"voicemail@example.com", "um.example.com"}));
    stub_ = v1::Organisations::NewStub(
        grpc::CreateChannel("unix:" + Socket(), grpc::InsecureChannelCredentials()));
  }
  ~Bench() {
    server_.reset();
    registry_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Enable() {
    Umctl("organisation create example");
    Umctl("dial-plan create Main --number-of-digits-in-extension 6");
    Umctl("ip-gateway create pbx --networks 192.0.2.10 --dial-plan Main");
    {
      std::ofstream people(folder_ + "/people.csv");
      people << "id,display_name,email,extension,calling_line_ids\n";
      for (int i = 0; i < mailboxes_; ++i) {
        people << fmt::format(
            "given{0}.family{0},Given{0} Family{0},given{0}.family{0}@example.com,"
            "{1},+1555{1}\n",
            i, 100000 + i);
      }
    }
    const double memory = ResidentMb(), cpu = CpuMs(RUSAGE_SELF), theirs = CpuMs(RUSAGE_CHILDREN);
    const auto begin = Clock::now();
    Umctl("mailbox enable --csv people.csv --policy 'Main Default Policy'");
    fmt::print("enable --csv           {:.1f} s; CPU {:.1f} s of the node, {:.1f} s of umctl\n",
               Ms(Clock::now() - begin) / 1000, (CpuMs(RUSAGE_SELF) - cpu) / 1000,
               (CpuMs(RUSAGE_CHILDREN) - theirs) / 1000);
    fmt::print("memory                 {:.0f} MB more than before\n", ResidentMb() - memory);
  }

  void List() {
    v1::ListRequest request;
    request.set_kind("mailbox");
    Measure("list, a name", 300, [&] {
      request.set_search(fmt::format("FAMILY{} ", Random()).substr(0, 9));
      AskList(request);
    });
    Measure("list, nobody's name", 300, [&] {
      request.set_search("nobody has this name");
      AskList(request);
    });
    request.clear_search();
    request.set_refers_to_kind("mailbox_policy");
    request.set_refers_to("Main Default Policy");
    Measure("list, of a policy", 300, [&] { AskList(request); });
    Measure("get, by extension", 300, [&] { Get(std::to_string(100000 + Random())); });
  }

  void Route() {
    const auto routing = node_.Routing();
    const auto peer = *net::IpAddress::Parse("192.0.2.10");
    sip::InviteFacts facts;
    facts.request_uri = {.scheme = "sip", .user = "2000", .host = "um.example"};
    facts.diversions = {{.uri = {.scheme = "sip", .user = "", .host = "pbx"}}};
    size_t found = 0;
    Measure("routing look-up", 100'000, [&] {
      facts.diversions[0].uri.user = std::to_string(100000 + Random());
      found += std::holds_alternative<domain::CallRoute>(routing->Route(peer, facts));
    });
    if (found != 100'000) fmt::print("only {} calls found their mailbox\n", found);
  }

  void Change() {
    constexpr int kChanges = 100;
    const double cpu = CpuMs(RUSAGE_SELF);
    Measure("change of one mailbox", kChanges, [&] {
      v1::ChangeRequest request;
      v1::Update& update = *request.add_operations()->mutable_update();
      const int i = Random();
      update.set_name(fmt::format("given{0}.family{0}", i));
      update.mutable_object()->mutable_mailbox()->set_extension(
          std::to_string(900000 + ++changes_));
      update.mutable_mask()->add_paths("extension");
      grpc::ClientContext context;
      v1::ChangeResponse response;
      Must(stub_->Change(&context, request, &response));
      // Published before it is answered: the next call is decided by it.
      const auto& routes = *node_.Routing()->organisations().front();
      if (!routes.MailboxOf("Main", std::to_string(900000 + changes_))) {
        fmt::print("the change is not effective\n");
      }
    });
    fmt::print("{:22} {:.1f} ms of CPU each\n", "", (CpuMs(RUSAGE_SELF) - cpu) / kChanges);
  }

  void Start() {
    const auto begin = Clock::now();
    const auto again = Must(admin::Registry::Open(*stores_.organisations, [](auto) {}));
    fmt::print("start of a node        {:.2f} s until it knows all\n",
               Ms(Clock::now() - begin) / 1000);
  }

 private:
  std::string Socket() const { return folder_ + "/admin.sock"; }
  int Random() { return static_cast<int>(random_() % static_cast<unsigned>(mailboxes_)); }

  void Umctl(const std::string& arguments) const {
    const std::string command = fmt::format("cd {} && " UM_UMCTL " --socket {} {} >/dev/null",
                                            folder_, Socket(), arguments);
    if (std::system(command.c_str()) == 0) return;
    fmt::print(stderr, "failed: {}\n", command);
    std::exit(1);
  }
  void AskList(const v1::ListRequest& request) {
    grpc::ClientContext context;
    v1::ListResponse response;
    Must(stub_->List(&context, request, &response));
  }
  void Get(const std::string& name) {
    grpc::ClientContext context;
    v1::GetRequest request;
    request.set_kind("mailbox");
    request.set_name(name);
    v1::Entry entry;
    Must(stub_->Get(&context, request, &entry));
  }

  static void Measure(const char* what, int times, const std::function<void()>& f) {
    std::vector<double> took;
    for (int i = 0; i < times; ++i) {
      const auto begin = Clock::now();
      f();
      took.push_back(Ms(Clock::now() - begin));
    }
    std::sort(took.begin(), took.end());
    const auto percentile = [&](double p) { return took[size_t(p * double(took.size() - 1))]; };
    fmt::print("{:22} p50 {:.3f} ms, p99 {:.3f} ms, max {:.3f} ms\n", what, percentile(0.5),
               percentile(0.99), percentile(1));
    std::fflush(stdout);
  }

  const int mailboxes_;
  std::string folder_;
  std::mt19937 random_{1};
  int changes_ = 0;
  Node node_;
  store::Stores stores_;
  std::unique_ptr<admin::Registry> registry_;
  std::unique_ptr<admin::AdminServer> server_;
  std::unique_ptr<v1::Organisations::Stub> stub_;
};

}  // namespace

int main(int argc, char** argv) {
  const int mailboxes = argc > 1 ? std::atoi(argv[1]) : 50'000;
  Bench bench(std::clamp(mailboxes, 1, 100'000), argc > 2 ? argv[2] : "");
  fmt::print("mailboxes              {}\n", mailboxes);
  bench.Enable();
  bench.List();
  bench.Route();
  bench.Change();
  bench.Start();
  return 0;
}
