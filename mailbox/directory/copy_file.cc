#include "mailbox/directory/copy_file.h"

#include <filesystem>

#include "common/base/bytes.h"
#include "common/base/status.h"
#include "um/store/v1/directory.pb.h"

namespace um::directory {
namespace {

namespace v1 = um::store::v1;

constexpr std::string_view kMagic = "VPPEOPL1";  // the last character is the version
constexpr size_t kSumBytes = 32;

/// Not a secret: it tells a whole copy from a damaged one.
std::string SumOf(std::string_view body) { return HmacSha256(kMagic, body); }

void Store(const domain::Person& from, v1::DirectoryPerson& to) {
  to.set_id(from.id);
  to.set_alias(from.alias);
  to.set_display_name(from.display_name);
  to.set_email(from.email);
  to.mutable_other_emails()->Assign(from.other_emails.begin(), from.other_emails.end());
  to.mutable_telephones()->Assign(from.telephones.begin(), from.telephones.end());
  to.mutable_mobiles()->Assign(from.mobiles.begin(), from.mobiles.end());
  to.set_disabled(from.disabled);
}

domain::PersonPtr Load(const v1::DirectoryPerson& from) {
  return std::make_shared<const domain::Person>(
      domain::Person{.id = from.id(),
                     .alias = from.alias(),
                     .display_name = from.display_name(),
                     .email = from.email(),
                     .other_emails = {from.other_emails().begin(), from.other_emails().end()},
                     .telephones = {from.telephones().begin(), from.telephones().end()},
                     .mobiles = {from.mobiles().begin(), from.mobiles().end()},
                     .disabled = from.disabled()});
}

}  // namespace

absl::StatusOr<Copy> LoadCopy(store::Files& files, const std::string& path) {
  UM_ASSIGN_OR_RETURN(const std::string content, files.Read(path));
  std::string_view rest = content;
  if (!rest.starts_with(kMagic)) {
    return absl::DataLossError(path + " is no copy of a directory that this release can read");
  }
  rest.remove_prefix(kMagic.size());
  const std::string_view sum = rest.substr(0, kSumBytes);
  rest.remove_prefix(sum.size());
  v1::DirectoryCopy stored;
  if (sum != SumOf(rest) || !stored.ParseFromArray(rest.data(), static_cast<int>(rest.size()))) {
    return absl::DataLossError(path + " is damaged");
  }
  std::vector<domain::PersonPtr> people;
  people.reserve(static_cast<size_t>(stored.people_size()));
  for (const v1::DirectoryPerson& person : stored.people()) people.push_back(Load(person));
  return Copy{.source = stored.source(),
              .people = std::make_shared<const domain::People>(std::move(people)),
              .changed = stored.changed(),
              .read = stored.read(),
              .read_everybody = stored.read_everybody()};
}

absl::Status SaveCopy(store::Files& files, const std::string& path, const Copy& copy) {
  v1::DirectoryCopy stored;
  stored.set_source(copy.source);
  stored.set_changed(copy.changed);
  stored.set_read(copy.read);
  stored.set_read_everybody(copy.read_everybody);
  for (const auto& [_, person] : copy.people->by_name()) Store(*person, *stored.add_people());
  const std::string body = stored.SerializeAsString();

  const std::string folder = std::filesystem::path(path).parent_path();
  const std::string unfinished = path + ".new";
  UM_RETURN_IF_ERROR(files.MakeDirectories(folder));
  const absl::Status removed = files.Remove(unfinished);  // of a process that was killed
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  UM_ASSIGN_OR_RETURN(const std::unique_ptr<store::File> file, files.Create(unfinished));
  UM_RETURN_IF_ERROR(file->Append(std::string(kMagic) + SumOf(body) + body));
  UM_RETURN_IF_ERROR(file->Sync());
  UM_RETURN_IF_ERROR(files.Rename(unfinished, path));
  return files.SyncDirectory(folder);
}

}  // namespace um::directory
