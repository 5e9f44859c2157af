// From the real queue (SQLite) into a real mail server (Dovecot), read back as a mail client does.
#include "tests/support/dovecot.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "common/base/ulid.h"
#include "mailbox/audio/files.h"
#include "mailbox/delivery/runner.h"
#include "mailbox/domain/loudness.h"
#include "mailbox/store/message_store.h"
#include "tests/support/catch.h"

namespace um::delivery {
namespace {

using namespace std::chrono_literals;
using domain::MessageState;
using tests::Dovecot;

using Samples = std::vector<int16_t>;

Samples Speech() {
  std::ifstream in("/usr/share/asterisk/sounds/en_US_f_Allison/vm-intro.wav", std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return audio::Decode(file, 8000).value();
}

std::string G711Of(const Samples& samples) {
  std::string codes;
  for (const int16_t s : samples) {
    codes += static_cast<char>(domain::EncodeG711(domain::Law::kMu, s));
  }
  return codes;
}

double Correlation(const Samples& a, const Samples& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    ab += double{1} * a[i] * b[i];
    aa += double{1} * a[i] * a[i];
    bb += double{1} * b[i] * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

store::StoredMessage Message(const std::string& email) {
  store::StoredMessage m;
  m.call.message_id = NewUlid(std::chrono::system_clock::now());
  m.call.organisation = "example";
  m.call.mailbox_name = "Ann Archer";
  m.call.extension = "1001";
  m.call.email = email;
  m.call.caller = {"+15551234567", "Jürgen Groß"};
  m.call.started = domain::WallTime(std::chrono::seconds(1767366245));
  m.kind = domain::MessageKind::kMissedCall;
  return m;
}

// A store in a directory of its own.
struct Store {
  std::string directory;
  std::unique_ptr<store::MessageStore> messages;

  Store() {
    std::string name = (std::filesystem::temp_directory_path() / "um-delivery-XXXXXX").string();
    directory = mkdtemp(name.data());
    messages = store::OpenSqlite(directory).value();
  }
  ~Store() {
    messages.reset();
    std::filesystem::remove_all(directory);
  }
  // Inserts, and tells under which id.
  std::string Put(const store::StoredMessage& message, std::string_view audio = "") const {
    REQUIRE(messages->Insert(message, audio).ok());
    return message.call.message_id;
  }
  bool Reaches(const std::string& id, MessageState state) const {
    return Comes([&] { return messages->Get(id)->state == state; });
  }
  // The store has no bell: it is asked until it says so, at most 20 s.
  template <class Condition>
  static bool Comes(const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(5ms);
    }
    return true;
  }
};

std::unique_ptr<Runner> Start(const Store& store, const std::string& address) {
  return StartRunner(*store.messages, {.address = address,
                                       .from = "voicemail@example.com",
                                       .host_name = "node1.example.com",
                                       .min_retry = 50ms,
                                       .max_retry = 200ms})
      .value();
}

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};

// A mail as its reader's program sees it.
struct Mail {
  std::unique_ptr<GMimeMessage, Unref> message;

  explicit Mail(const std::string& text) {
    g_mime_init();
    const std::unique_ptr<GMimeStream, Unref> stream(
        g_mime_stream_mem_new_with_buffer(text.data(), text.size()));
    const std::unique_ptr<GMimeParser, Unref> parser(g_mime_parser_new_with_stream(stream.get()));
    message.reset(g_mime_parser_construct_message(parser.get(), nullptr));
  }
  std::string Header(const char* name) const {
    const char* value = g_mime_object_get_header(GMIME_OBJECT(message.get()), name);
    return value == nullptr ? "" : value;
  }
  std::string Recording() const {
    GMimeObject* part =
        g_mime_multipart_get_part(GMIME_MULTIPART(g_mime_message_get_mime_part(message.get())), 1);
    const std::unique_ptr<GMimeStream, Unref> stream(g_mime_stream_mem_new());
    g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(part)), stream.get());
    const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
    return {reinterpret_cast<const char*>(bytes->data), bytes->len};
  }
};

TEST_CASE("a voice message arrives whole in a real inbox, by TCP and by Unix socket") {
  const Dovecot dovecot;
  const Samples speech = Speech();
  Samples stored;
  for (const char code : G711Of(speech)) {
    stored.push_back(domain::DecodeG711(domain::Law::kMu, static_cast<uint8_t>(code)));
  }
  const Samples mailed = domain::ForListeners(stored);
  for (const std::string& address : {"lmtp://" + dovecot.lmtp(), "lmtp://" + dovecot.socket()}) {
    INFO(address);
    const Store store;
    const std::string user = "ann" + std::to_string(address.size()) + "@example.com";
    store::StoredMessage m = Message(user);
    m.kind = domain::MessageKind::kVoice;
    m.duration = std::chrono::milliseconds(speech.size() / 8);
    const std::string id = store.Put(m, G711Of(speech));
    const auto runner = Start(store, address);
    REQUIRE(store.Reaches(id, MessageState::kDelivered));

    const auto inbox = dovecot.Inbox(user);
    REQUIRE(inbox.size() == 1);
    const Mail mail(inbox[0]);
    CHECK(mail.Header("Return-Path") == "<>");
    CHECK(mail.Header("Delivered-To") == user);
    // Raw: GMime takes every Content-* header for the body's.
    CHECK(inbox[0].find("\r\nContent-Class: voice-ca\r\n") < inbox[0].find("\r\n\r\n"));
    CHECK(mail.Header("X-CallingTelephoneNumber") == "+15551234567");
    CHECK(mail.Header("X-VoiceMessageDuration") ==
          std::to_string((m.duration.count() + 500) / 1000));
    CHECK(mail.Header("Message-Id") == "<" + id + "@example.com>");
    CHECK(std::string(g_mime_message_get_subject(mail.message.get()))
              .starts_with("Voice Mail from Jürgen Groß ("));
    const Samples heard = audio::Decode(mail.Recording(), 8000).value();
    CHECK(heard.size() >= mailed.size());
    CHECK(heard.size() <= mailed.size() + 46);
    CHECK(Correlation(mailed, heard) > 0.98);
  }
}

TEST_CASE("a mail server that is down gets everything, once, when it is back") {
  Dovecot dovecot;
  dovecot.Stop();
  const Store store;
  const auto runner = Start(store, "lmtp://" + dovecot.lmtp());
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(store.Put(Message("bob@example.com")));
  runner->Nudge();
  for (const std::string& id : ids) {
    CHECK(Store::Comes([&] { return store.messages->Get(id)->attempts >= 2; }));
  }
  CHECK(store.messages->Get(ids[0])->last_error.find("Connection refused") != std::string::npos);
  CHECK(store.messages->Count()->retrying == 10);
  dovecot.Start();
  for (const std::string& id : ids) CHECK(store.Reaches(id, MessageState::kDelivered));
  std::vector<std::string> arrived;
  for (const std::string& mail : dovecot.Inbox("bob@example.com")) {
    arrived.push_back(Mail(mail).Header("Message-Id").substr(1, 26));
  }
  std::sort(arrived.begin(), arrived.end());
  std::sort(ids.begin(), ids.end());
  CHECK(arrived == ids);
}

TEST_CASE("what a real server refuses for good stays visible, and holds up nothing") {
  Dovecot dovecot;
  dovecot.Refuse("gone@example.com");
  const Store store;
  const auto runner = Start(store, "lmtp://" + dovecot.lmtp());
  const std::string refused = store.Put(Message("gone@example.com"));
  const std::string good = store.Put(Message("carol@example.com"));
  runner->Nudge();
  REQUIRE(store.Reaches(refused, MessageState::kUndeliverable));
  CHECK(store.messages->Get(refused)->last_error.starts_with("RCPT: 550 5.1.1"));
  CHECK(store.Reaches(good, MessageState::kDelivered));
  CHECK(store.messages->Count()->undeliverable == 1);
  CHECK(dovecot.Inbox("carol@example.com").size() == 1);
}

TEST_CASE("a node that is stopped and started again delivers what the first left, once") {
  const Dovecot dovecot;
  const Store store;
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(store.Put(Message("dave@example.com")));
  while (store.messages->Count()->queued > 0) {
    const auto runner = Start(store, "lmtp://" + dovecot.lmtp());
    std::this_thread::yield();
  }
  for (const std::string& id : ids) {
    CHECK(store.messages->Get(id)->state == MessageState::kDelivered);
  }
  CHECK(dovecot.Inbox("dave@example.com").size() == 20);
}

}  // namespace
}  // namespace um::delivery
