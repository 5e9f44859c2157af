#include "tests/unit/mailbox/prompts/prompts_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>

#include "common/async/epoll_loop.h"
#include "mailbox/prompts/catalogue.h"
#include "mailbox/prompts/shaping.h"
#include "tests/unit/mailbox/dialogs/transcripts.h"
#include "tests/unit/mailbox/prompts/measures.h"

namespace um::tests {
namespace {
using dialogs::Announcement;
using dialogs::Phrase;
using domain::ClipPtr;

// The transcripts' one; one syllable; accents, which are not spoken; a long one.
constexpr std::array kNames = {"Ann Archer", "Bo", "Zoë Łukasik", "Bartholomew Featherstonehaugh"};

/// The English voice of this machine.
class Voice {
 public:
  Voice() {
    auto loaded = prompts::LoadLibrary(loop_, workers_, {});
    if (!loaded.ok()) std::abort();  // asterisk-core-sounds-en-wav is missing
    library_ = *std::move(loaded);
  }
  std::vector<ClipPtr> Of(const Announcement& announcement) {
    std::optional<std::vector<ClipPtr>> clips;
    library_->Prepare(announcement, "en-US", [&](auto ready) { clips = std::move(ready); });
    while (!clips) loop_.Step(std::chrono::seconds(1));
    return *std::move(clips);
  }

 private:
  async::EpollLoop loop_;
  async::WorkerPool workers_{1};
  std::unique_ptr<prompts::Library> library_;
};

/// What each clip of an announcement says.
std::vector<std::string> WordsOf(const Announcement& announcement) {
  std::vector<std::string> words;
  for (const prompts::Step& step :
       prompts::StepsOf(announcement.phrases, !announcement.owner_name.empty())) {
    const auto* sound = std::get_if<prompts::Sound>(&step);
    words.emplace_back(sound ? prompts::EntryOf(*sound).words : announcement.owner_name);
    if (words.back().empty()) words.back() = "*tone*";
  }
  return words;
}

MeasuredClip MeasureClip(const std::string& words, bool recorded, Audio audio) {
  return {words,
          recorded,
          static_cast<double>(audio.size()) / domain::kSampleRate,
          SpeechLevel(audio),
          PeakLevel(audio),
          FlatTop(audio),
          SilenceBefore(audio),
          SilenceAfter(audio),
          EdgeStep(audio)};
}

MeasuredJoins MeasureJoins(const Announcement& announcement, const std::vector<ClipPtr>& clips) {
  MeasuredJoins joins{fmt::format("{}", fmt::join(WordsOf(announcement), " / "))};
  std::vector<int16_t> all;
  std::vector<size_t> places;
  for (const ClipPtr& clip : clips) {
    all.insert(all.end(), clip->samples().begin(), clip->samples().end());
    places.push_back(all.size());
  }
  for (size_t i = 0; i + 1 < clips.size(); ++i) {
    joins.gaps.push_back(SilenceAfter(clips[i]->samples()) +
                         SilenceBefore(clips[i + 1]->samples()));
    joins.step = std::max(joins.step, Step(all, places[i]));
  }
  return joins;
}

constexpr const char* kHead = R"(<!-- Made by um_prompts_report. -->
# How prompts sound, measured

Every phrase of call answering in English as it is played, after `mailbox/prompts/shaping`, and everything that the calls of
[call-answering.md](call-answering.md) join of them. Made by `build/dev/bin/um_prompts_report > deploy/reference/prompts.md`;
a test compares this page and holds every line to these limits:

| what | how it is measured | limit |
|---|---|---|
| level | active speech level by ITU-T P.56, method B [dBov: 0 is a full-scale square wave] | {target:.0f} ± {margin:.0f} |
| peak | the highest sample [dBov] | {peak:.1f} |
| flat | longest run of equal samples within 1 dB of the peak: what clipping leaves, in the source too | {flat} |
| before, after | ms before the first and after the last 5 ms above -50 dBov | {before:.0f}, {after:.0f} |
| gap | ms of that silence where two parts are joined; they are played without a sample between | {least:.0f} to {most:.0f} |
| step | largest step between neighbouring samples within 2 ms of an edge or a join, of 32768: a click | {step} |

No flow speaks a number, a date or a time yet. One that will is measured here as soon as it is one of the calls of
call-answering.md.
)";
}  // namespace

PromptsMeasured MeasurePrompts() {
  Voice voice;
  PromptsMeasured measured;
  for (int i = 0; i <= static_cast<int>(Phrase::kGoodbye); ++i) {
    const auto phrase = static_cast<Phrase>(i);
    if (phrase == Phrase::kOwnGreeting || phrase == Phrase::kMailboxOwner) continue;
    const Announcement announcement{{phrase}, kNames[0]};
    const auto sound = std::get<prompts::Sound>(prompts::StepsOf({phrase}, true).front());
    measured.clips.push_back(MeasureClip(WordsOf(announcement).front(),
                                         !prompts::EntryOf(sound).file.empty(),
                                         voice.Of(announcement).front()->samples()));
  }
  for (const char* name : kNames) {
    const std::vector<ClipPtr> clips = voice.Of({{Phrase::kMailboxOwner}, name});
    measured.clips.push_back(MeasureClip(name, false, clips.front()->samples()));
  }
  std::set<std::string> seen;
  for (const Announcement& announcement : Announcements()) {
    const std::vector<ClipPtr> clips = voice.Of(announcement);
    MeasuredJoins joins = MeasureJoins(announcement, clips);
    if (clips.size() > 1 && seen.insert(joins.words).second) measured.joined.push_back(joins);
  }
  return measured;
}

std::string PromptsReport(const PromptsMeasured& measured) {
  std::string page = fmt::format(
      kHead, fmt::arg("target", prompts::kSpeechLevel), fmt::arg("margin", kLevelMargin),
      fmt::arg("peak", prompts::kPeakLevel), fmt::arg("flat", kMostFlat),
      fmt::arg("before", kMostBefore), fmt::arg("after", kMostAfter), fmt::arg("least", kLeastGap),
      fmt::arg("most", kMostGap), fmt::arg("step", kMostStep));
  page +=
      "\n## Every phrase\n\nAnd some names, spoken by synthesis.\n\n"
      "| phrase | voice | s | level | peak | flat | before | after | step "
      "|\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const MeasuredClip& clip : measured.clips) {
    page += fmt::format("| {} | {} | {:.2f} | {:.1f} | {:.1f} | {} | {:.0f} | {:.0f} | {} |\n",
                        clip.words, clip.recorded ? "recorded" : "synthesised", clip.seconds,
                        clip.level, clip.peak, clip.flat, clip.before, clip.after, clip.step);
  }
  page += "\n## What calls join of them\n\n| parts | gaps | step |\n|---|---:|---:|\n";
  for (const MeasuredJoins& joins : measured.joined) {
    page += fmt::format("| {} | {} | {} |\n", joins.words,
                        fmt::format("{:.0f}", fmt::join(joins.gaps, ", ")), joins.step);
  }
  return page;
}

}  // namespace um::tests
