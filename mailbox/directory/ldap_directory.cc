#include "mailbox/directory/ldap_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/directory/filter.h"

namespace um::directory {
namespace {

using std::chrono::steady_clock;

/// Servers copy changes from each other, and a late one bears an earlier time: so much is asked for
/// again [s].
constexpr int64_t kOverlap = 5 * 60;
/// Clocks differ by less than this [s]: what is older than the last answer by it was in that
/// answer.
constexpr int64_t kClocks = 60 * 60;
constexpr size_t kMostNamed = 20;    // of a look-up
constexpr size_t kMostNotes = 20;    // of a search, in the log
constexpr size_t kMostLooked = 512;  // [bytes] of a name that is looked up
constexpr std::chrono::seconds kFirstRetry{1};

int64_t UnixNow() { return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()); }

/// What decides who is in the copy. The password does not.
std::string SourceOf(const config::v1::Directory& settings) {
  config::v1::Directory part;
  *part.mutable_urls() = settings.urls();
  part.set_base(settings.base());
  part.set_filter(settings.filter());
  part.set_attributes(settings.attributes());
  *part.mutable_attribute_names() = settings.attribute_names();
  part.set_bind_dn(settings.bind_dn());
  return Hex(HmacSha256("directory", part.SerializeAsString())).substr(0, 32);
}

/// At every attempt anew: it may be replaced while we run.
absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path);
  std::string password;
  if (!file || !std::getline(file, password) || password.empty()) {
    return absl::FailedPreconditionError(fmt::format("password_file: {} cannot be read", path));
  }
  return password;
}

}  // namespace

std::unique_ptr<LdapDirectory> LdapDirectory::Start(const config::v1::Directory& settings,
                                                    store::Files& files, const std::string& folder,
                                                    OnPeople on_people) {
  std::unique_ptr<LdapDirectory> directory(
      new LdapDirectory(settings, files, folder, std::move(on_people)));
  directory->Load();
  directory->thread_ = std::thread([d = directory.get()] { d->Run(); });
  return directory;
}

LdapDirectory::LdapDirectory(const config::v1::Directory& settings, store::Files& files,
                             const std::string& folder, OnPeople on_people)
    : settings_(settings),
      names_(NamesOf(settings_)),
      source_(SourceOf(settings_)),
      files_(files),
      file_(folder + "/" + settings_.organisation() + ".people"),
      on_people_(std::move(on_people)) {}

LdapDirectory::~LdapDirectory() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LdapDirectory::Load() {
  auto copy = LoadCopy(files_, file_);
  if (copy.ok()) {
    log::Info("directory.loaded", {{"organisation", settings_.organisation()},
                                   {"people", copy->people->size()},
                                   {"age_s", UnixNow() - copy->read}});
    copy_ = *std::move(copy);
  } else if (!absl::IsNotFound(copy.status())) {
    log::Warning("directory.copy-lost",
                 {{"organisation", settings_.organisation()}, {"why", Message(copy.status())}});
  }
}

void LdapDirectory::Run() {
  const std::chrono::seconds usual = std::chrono::minutes(settings_.refresh_minutes());
  std::chrono::seconds retry = kFirstRetry;
  std::chrono::seconds wait{0};
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, wait, [this] { return stopping_.load(); })) {
    lock.unlock();
    const bool good = Refresh(false).ok();
    wait = good ? usual : retry;
    retry = good ? kFirstRetry : std::min(retry * 2, usual);
    lock.lock();
  }
}

Copy LdapDirectory::Current() const {
  const std::lock_guard lock(mutex_);
  return copy_;
}

LdapDirectory::State LdapDirectory::Now() const {
  const std::lock_guard lock(mutex_);
  return {copy_.people, copy_.read, copy_.read_everybody, failure_};
}

// -- asking ------------------------------------------------------------------------------------

absl::Status LdapDirectory::Refresh(bool everybody) {
  const std::lock_guard one(refreshing_);
  const absl::Status status = RefreshLocked(everybody);
  if (!status.ok() && !stopping_) NoteFailure(status);
  return status;
}

absl::Status LdapDirectory::RefreshLocked(bool everybody) {
  const auto begun = steady_clock::now();
  const Copy before = Current();
  everybody = everybody || before.source != source_ || before.changed == 0 ||
              since_everybody_ + 1 >= static_cast<int>(settings_.full_refresh_every());
  size_t left_out = 0;
  UM_ASSIGN_OR_RETURN(const Copy copy, Ask(before, everybody, left_out));
  since_everybody_ = everybody ? 0 : since_everybody_ + 1;
  Publish(copy);
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begun);
  log::Info("directory.refreshed", {{"organisation", settings_.organisation()},
                                    {"everybody", everybody},
                                    {"people", copy.people->size()},
                                    {"left_out", left_out},
                                    {"ms", took.count()}});
  if (const absl::Status saved = SaveCopy(files_, file_, copy); !saved.ok()) {
    log::Warning("directory.copy-not-saved",
                 {{"organisation", settings_.organisation()}, {"why", Message(saved)}});
  }
  on_people_(*copy.people);
  return absl::OkStatus();
}

absl::StatusOr<Copy> LdapDirectory::Ask(const Copy& before, bool everybody, size_t& left_out) {
  const int64_t now = UnixNow();
  const int64_t since = std::max(before.changed - kOverlap, before.read - kClocks);
  const std::string filter =
      everybody ? settings_.filter()
                : AllOf({settings_.filter(), AtLeast(names_.changed, GeneralizedTime(since))});
  UM_ASSIGN_OR_RETURN(const Read read, Search(filter, settings_.max_people()));
  left_out = read.left_out;
  Copy copy{.source = source_,
            .changed = std::max(read.changed, everybody ? 0 : before.changed),
            .read = now,
            .read_everybody = everybody ? now : before.read_everybody};
  if (everybody && read.people.empty() && before.people->size() > 0 && before.source == source_) {
    // Rights that are gone, or a base that moved, look like this.
    return absl::FailedPreconditionError(
        "the server shows nobody any more: base, filter, or what bind_dn may see");
  }
  if (everybody) {
    copy.people = std::make_shared<const domain::People>(read.people);
    return copy;
  }
  // Somebody may have been looked up meanwhile: what is known now is what is added to.
  const domain::PeoplePtr known = Current().people;
  const bool news = std::any_of(read.people.begin(), read.people.end(), [&](const auto& person) {
    const domain::PersonPtr old = known->Find(person->id);
    return !old || *old != *person;
  });
  copy.people = news ? std::make_shared<const domain::People>(known->With(read.people)) : known;
  if (copy.people->size() > settings_.max_people()) {
    return absl::ResourceExhaustedError(
        fmt::format("there are more than {} people", settings_.max_people()));
  }
  return copy;
}

/// The first server that takes us.
absl::StatusOr<std::unique_ptr<LdapSession>> LdapDirectory::Connect() const {
  UM_ASSIGN_OR_RETURN(const std::string password, ReadPassword(settings_.password_file()));
  absl::Status failure;
  for (const std::string& url : settings_.urls()) {
    auto session = LdapSession::Open(settings_, url, password);
    if (session.ok()) return session;
    const std::string before = failure.ok() ? "" : Message(failure) + "; ";
    failure = absl::Status(session.status().code(), before + Message(session.status()));
    if (stopping_) return absl::CancelledError("the attempt was given up");
  }
  return failure;
}

absl::StatusOr<LdapDirectory::Read> LdapDirectory::Search(const std::string& filter, size_t most) {
  UM_ASSIGN_OR_RETURN(const std::unique_ptr<LdapSession> session, Connect());
  Read read;
  const auto take = [&](const Entry& entry) {
    std::vector<std::string> notes;
    auto person = PersonOf(entry, names_, notes);
    for (const std::string& note : notes) {
      if (++read.left_out > kMostNotes) break;
      log::Warning(
          "directory.left-out",
          {{"organisation", settings_.organisation()}, {"entry", entry.dn}, {"why", note}});
    }
    if (!person) return;
    read.changed = std::max(read.changed, ChangedOf(entry, names_).value_or(0));
    read.people.push_back(std::make_shared<const domain::Person>(*std::move(person)));
  };
  UM_RETURN_IF_ERROR(session->Search({filter, names_.All(), most}, stopping_, take));
  return read;
}

void LdapDirectory::Publish(const Copy& copy) {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) {
    log::Info("directory.recovered", {{"organisation", settings_.organisation()}});
  }
  copy_ = copy;
  failure_.clear();
  told_stale_ = false;
}

void LdapDirectory::NoteFailure(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  failure_ = Message(status);
  const int64_t age = UnixNow() - copy_.read;
  log::Warning("directory.failed", {{"organisation", settings_.organisation()},
                                    {"why", failure_},
                                    {"people", copy_.people->size()}});
  if (told_stale_ || copy_.read == 0 || age < int64_t{settings_.refresh_minutes()} * 3 * 60) return;
  told_stale_ = true;
  log::Warning("directory.stale", {{"organisation", settings_.organisation()}, {"age_s", age}});
}

// -- looking up --------------------------------------------------------------------------------

absl::StatusOr<std::vector<domain::PersonPtr>> LdapDirectory::Named(const std::string& text) {
  std::vector<domain::PersonPtr> known = Now().people->Named(text);
  if (!known.empty() || text.empty() || text.size() > kMostLooked) return known;
  std::vector<std::string> ways = {Equals(names_.alias, text), Equals(names_.mail, text),
                                   Equals(names_.telephone, text)};
  for (const std::string& name : names_.display_name) ways.push_back(Equals(name, text));
  if (!names_.other_mail.empty()) ways.push_back(Equals(names_.other_mail, "smtp:" + text));
  UM_ASSIGN_OR_RETURN(const Read read,
                      Search(AllOf({settings_.filter(), AnyOf(ways)}), kMostNamed));
  if (read.people.empty()) return read.people;
  const std::lock_guard lock(mutex_);
  copy_.people = std::make_shared<const domain::People>(copy_.people->With(read.people));
  return copy_.people->Named(text);
}

}  // namespace um::directory
