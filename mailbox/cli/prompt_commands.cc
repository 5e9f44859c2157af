// Recordings of the organisation's own: `umctl prompt import|export`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "mailbox/cli/commands.h"
#include "mailbox/cli/format.h"
#include "mailbox/cli/objects.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

constexpr size_t kMostAudioBytes = 10'000'000;

struct PromptArguments {
  std::string owner;
  std::string file;
  std::string name;
  bool force = false;
  ChangeOptions options;
};

/// "dial-plan/Main" or "auto_attendant/Front" in the words of the API.
std::string OwnerOf(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string kind = slash == std::string::npos ? "" : Underscored(text.substr(0, slash));
  if ((kind != "dial_plan" && kind != "auto_attendant") || slash + 1 == text.size()) {
    Die("a prompt's owner is written dial-plan/NAME or auto-attendant/NAME", 2);
  }
  return kind + text.substr(slash);
}

std::string PathOf(const std::string& text) {
  const std::string path = OwnerOf(text);
  const size_t first = path.find('/');
  if (path.find('/', first + 1) == std::string::npos) {
    Die("a prompt is written dial-plan/NAME/FILE or auto-attendant/NAME/FILE", 2);
  }
  return path;
}

std::string FileNameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void Import(const Client& client, const PromptArguments& a) {
  const std::string audio = ReadWhole(a.file, kMostAudioBytes);
  const std::string name = a.name.empty() ? FileNameOf(a.file) : a.name;
  const std::string owner = OwnerOf(a.owner);
  const auto there = client.Find(Kind::kPrompt, owner + "/" + name);
  if (there && !a.force) {
    Die(fmt::format("{} has a prompt {} already; --force replaces it", Printable(a.owner),
                    Printable(name)));
  }
  admin::v1::ChangeRequest request;
  request.set_dry_run(a.options.dry_run);
  organisation::v1::Object* object = nullptr;
  if (there) {
    admin::v1::Update& update = *request.add_operations()->mutable_update();
    update.set_name(owner + "/" + name);
    update.set_expected_version(there->version());
    update.mutable_mask()->add_paths("audio");
    object = update.mutable_object();
    *object = there->object();
  } else {
    object = &AddCreate(request, Kind::kPrompt, name);
    Put(*object->mutable_prompt(), owner.substr(0, owner.find('/')),
        owner.substr(owner.find('/') + 1));
  }
  object->mutable_prompt()->set_audio(audio);
  Commit(client, request);
}

void Export(const Client& client, const PromptArguments& a) {
  const std::string path = PathOf(a.owner);
  const std::string file = a.file.empty() ? FileNameOf(path) : a.file;
  WriteWhole(file, client.Get(Kind::kPrompt, path).object().prompt().audio(), a.force);
  if (file != "-") fmt::print("{}\n", Printable(file));
}

}  // namespace

void AddPromptFiles(CLI::App& prompt, CommandLine& line) {
  const Client& client = line.client;
  auto a = std::make_shared<PromptArguments>();
  CLI::App& in = *prompt.add_subcommand("import", "Take a recording from a file");
  in.add_option("OWNER", a->owner, "dial-plan/NAME or auto-attendant/NAME")
      ->required()
      ->type_name("");
  in.add_option("FILE", a->file, "WAV: linear PCM of 16 bits, 8000 Hz, mono; at most 10 MB")
      ->required()
      ->type_name("");
  in.add_option("--name", a->name, "Its name there; default: the file's")->type_name("NAME");
  in.add_flag("--force", a->force, "Replace a prompt of that name");
  AddDryRun(in, a->options);
  in.footer("Example:\n  umctl prompt import auto-attendant/Reception welcome.wav");
  in.callback([&client, a] { Import(client, *a); });

  a = std::make_shared<PromptArguments>();
  CLI::App& out = *prompt.add_subcommand("export", "Write a recording to a file");
  AddName(line, out, Kind::kPrompt, a->owner)->required();
  out.add_option("-o,--output", a->file, "Where to; default: its own name here")->type_name("FILE");
  out.add_flag("--force", a->force, "Replace a file that exists");
  out.footer("Example:\n  umctl prompt export dial-plan/Main/welcome.wav -o welcome.wav");
  out.callback([&client, a] { Export(client, *a); });
}

}  // namespace um::cli
