#include "mailbox/prompts/library.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "common/base/lru_cache.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "mailbox/audio/files.h"
#include "mailbox/prompts/catalogue.h"
#include "mailbox/prompts/shaping.h"
#include "mailbox/prompts/spoken_form.h"
#include "mailbox/prompts/synthesis.h"

namespace um::prompts {
namespace {
using domain::Clip;
using domain::ClipPtr;
using Voice = std::array<ClipPtr, kSounds>;

constexpr size_t kMaxNames = 500;  // about 30 kB each
constexpr Pauses kAfterWord{.before = domain::Milliseconds(40), .after = domain::Milliseconds(60)};
constexpr Pauses kAfterSentence{.before = domain::Milliseconds(40),
                                .after = domain::Milliseconds(140)};

ClipPtr MakeClip(std::span<const int16_t> samples, Pauses pauses) {
  std::vector<int16_t> shaped = Shape(samples, pauses);
  return shaped.empty() ? nullptr : std::make_shared<Clip>(std::move(shaped));
}

Pauses PausesOf(Sound sound) { return EntryOf(sound).sentence ? kAfterSentence : kAfterWord; }

/// The recording of `sound`; null if the folder has none, or none that can be read.
ClipPtr LoadSound(const std::filesystem::path& folder, Sound sound) {
  const CatalogueEntry& entry = EntryOf(sound);
  if (entry.file.empty()) return nullptr;
  const std::filesystem::path path = folder / (std::string(entry.file) + ".wav");
  std::ifstream in(path, std::ios::binary);
  if (!in) return nullptr;
  const std::string file((std::istreambuf_iterator<char>(in)), {});
  const auto samples = audio::Decode(file, domain::kSampleRate);
  if (!samples.ok()) {
    log::Warning("prompt.refused", {{"file", path.string()}, {"error", Message(samples.status())}});
    return nullptr;
  }
  return MakeClip(*samples, PausesOf(sound));
}

/// Fills the gaps of a voice: the same voice's thanks instead of what it never said, English words
/// by synthesis, and at last the English recording.
void Complete(Voice& voice, bool english, const Voice* fallback) {
  for (int i = 0; i < kSounds; ++i) {
    ClipPtr& clip = voice[i];
    const auto sound = static_cast<Sound>(i);
    const std::string words(EntryOf(sound).words);
    if (!clip && english && !words.empty()) clip = MakeClip(Synthesise(words), PausesOf(sound));
    // "Thank you" promises less than "has been saved", which is what matters here.
    if (!clip && sound == Sound::kMessageWillBeDelivered)
      clip = voice[static_cast<int>(Sound::kThankYou)];
    if (!clip && fallback) clip = (*fallback)[i];
  }
}

bool Spoken(const Voice& voice) {
  return voice[static_cast<int>(Sound::kLeaveMessageAfterTone)] != nullptr;
}

class RecordedLibrary final : public Library {
 public:
  using Ready = std::function<void(std::vector<ClipPtr>)>;

  RecordedLibrary(async::Loop& loop, async::WorkerPool& workers,
                  std::map<std::string, Voice> voices)
      : loop_(loop), workers_(workers), voices_(std::move(voices)) {
    for (const auto& [language, voice] : voices_) languages_.push_back(language);
  }

  void Prepare(const dialogs::Announcement& announcement, const std::string& language,
               Ready ready) override {
    const std::string name = SpokenForm(announcement.owner_name);
    const domain::OwnWords& own = announcement.own;
    Request request{StepsOf(announcement.phrases, own.name || !name.empty()),
                    &voices_.at(BestLanguage(languages_, language)), own.greeting,
                    std::move(ready)};
    const bool speaks_name =
        std::any_of(request.steps.begin(), request.steps.end(),
                    [](auto& step) { return std::holds_alternative<OwnersName>(step); });
    if (own.name || !speaks_name) return Answer(request, own.name);
    if (const ClipPtr* clip = names_.Find(name)) return Answer(request, *clip);
    auto& waiting = waiting_[name];
    waiting.push_back(std::move(request));
    if (waiting.size() == 1) Speak(name);
  }

 private:
  struct Request {
    std::vector<Step> steps;
    const Voice* voice;
    ClipPtr greeting;
    Ready ready;
  };

  void Speak(const std::string& name) {
    workers_.Submit([&loop = loop_, weak = std::weak_ptr(alive_), name] {
      ClipPtr clip = MakeClip(Synthesise(name), kAfterWord);
      loop.Post([weak, name, clip = std::move(clip)] {
        if (const auto alive = weak.lock()) (*alive)->OnSpoken(name, clip);
      });
    });
  }

  void OnSpoken(const std::string& name, const ClipPtr& clip) {
    if (clip) {
      names_.Insert(name, clip, 1);
    } else {
      log::Warning("prompt.stayed-mute", {{"name", name}});
    }
    const auto node = waiting_.extract(name);
    // Any of the callbacks may destroy this library.
    const std::weak_ptr alive = alive_;
    for (const Request& request : node.mapped()) {
      if (alive.expired()) return;
      Answer(request, clip);
    }
  }

  static const ClipPtr& ClipOf(const Request& request, const Step& step, const ClipPtr& name) {
    if (const auto* sound = std::get_if<Sound>(&step)) {
      return (*request.voice)[static_cast<size_t>(*sound)];
    }
    return std::holds_alternative<OwnersName>(step) ? name : request.greeting;
  }

  static void Answer(const Request& request, const ClipPtr& name) {
    std::vector<ClipPtr> clips;
    for (const Step& step : request.steps) {
      const ClipPtr& clip = ClipOf(request, step, name);
      if (clip) clips.push_back(clip);
    }
    request.ready(std::move(clips));
  }

  async::Loop& loop_;
  async::WorkerPool& workers_;
  const std::map<std::string, Voice> voices_;  // by language
  std::vector<std::string> languages_;
  LruCache<ClipPtr> names_{kMaxNames};                   // that were synthesised
  std::map<std::string, std::vector<Request>> waiting_;  // for a name's synthesis
  const std::shared_ptr<RecordedLibrary*> alive_ = std::make_shared<RecordedLibrary*>(this);
};

absl::Status NothingFound(const std::string& sounds) {
  return absl::FailedPreconditionError(
      fmt::format("no English prompts under {}: install asterisk-core-sounds-en-wav", sounds));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Library>> LoadLibrary(async::Loop& loop, async::WorkerPool& workers,
                                                     const LibraryOptions& options) {
  std::map<std::string, Voice> voices;
  std::error_code error;
  std::vector<std::filesystem::path> folders;
  for (auto it = std::filesystem::directory_iterator(options.sounds, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    folders.push_back(it->path());
  }
  std::sort(folders.begin(), folders.end());  // the same choice at every start
  for (const std::filesystem::path& folder : folders) {
    const std::string language = LanguageOfFolder(folder.filename().string());
    if (language.empty() || voices.contains(language)) continue;
    Voice voice;
    for (int i = 0; i < kSounds; ++i) voice[i] = LoadSound(folder, static_cast<Sound>(i));
    if (Spoken(voice)) voices.emplace(language, std::move(voice));
  }
  const auto english = std::find_if(voices.begin(), voices.end(), [](const auto& entry) {
    return entry.first.starts_with("en-");
  });
  if (english == voices.end()) return NothingFound(options.sounds);
  Complete(english->second, true, nullptr);
  for (auto& [language, voice] : voices)
    Complete(voice, language.starts_with("en-"), &english->second);
  if (!english->second[static_cast<int>(Sound::kTone)]) return NothingFound(options.sounds);
  log::Info("prompts.loaded", {{"languages", voices.size()}});
  return std::make_unique<RecordedLibrary>(loop, workers, std::move(voices));
}

}  // namespace um::prompts
