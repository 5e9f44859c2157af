#include "mailbox/cli/pins.h"

#include <fmt/format.h>

#include <cstdio>

#include "mailbox/cli/format.h"
#include "mailbox/cli/json.h"
#include "mailbox/cli/terminal.h"

namespace um::cli {
namespace {

namespace v1 = um::admin::v1;

constexpr char kDryRun[] = "Dry run: nothing was changed.\n";

std::string LockText(const v1::PinState& state) {
  if (!state.locked()) return "no";
  if (state.failures() == 0) return "by an administrator";
  return fmt::format("after {} wrong PINs", Thousands(state.failures()));
}

std::string AgeText(const v1::PinState& state) {
  if (!state.exists()) return "none: none was made yet, or the next one is still to be mailed";
  const std::string set = fmt::format("set {} UTC", Time(state.changed()));
  if (state.expires().empty()) return set + ", never too old";
  return fmt::format("{}, too old from {} UTC", set, Time(state.expires()));
}

v1::ResetPinRequest RequestOf(const PinReset& reset) {
  v1::ResetPinRequest request;
  request.set_mailbox(reset.mailbox);
  request.set_dry_run(reset.dry_run);
  if (!reset.pin.empty()) {
    v1::GivenPin& given = *request.mutable_given();
    given.set_digits(reset.pin == "-" ? ReadSecret("PIN") : reset.pin);
    given.set_must_change(reset.must_change);
  } else if (reset.show) {
    request.mutable_shown();
  } else {
    request.mutable_mailed()->set_address(reset.notify);
  }
  return request;
}

}  // namespace

void ShowPin(const Client& client, const std::string& mailbox, bool json) {
  const v1::PinState state = client.Pin(mailbox);
  if (json) {
    fputs(ToApiJson(state).c_str(), stdout);
    return;
  }
  fmt::print("mailbox      {}\n", Printable(state.mailbox()));
  fmt::print("PIN          {}\n", AgeText(state));
  fmt::print("must change  {}\n", state.must_change() ? "at the next sign-in" : "no");
  fmt::print("signed in    {}\n", state.first_time_user() ? "never" : "yes");
  fmt::print("locked       {}\n", LockText(state));
  fmt::print("wrong PINs   {} in a row\n", Thousands(state.failures()));
}

void ResetPin(const Client& client, const PinReset& reset) {
  if (reset.no_mail && reset.pin.empty() && !reset.show) {
    Die("nobody would learn the PIN: give one (--pin) or have it shown (--show)", 2);
  }
  const v1::ResetPinResponse response = client.ResetPin(RequestOf(reset));
  if (reset.json) {
    fputs(ToApiJson(response).c_str(), stdout);
    return;
  }
  const std::string mailbox = Printable(response.state().mailbox());
  if (reset.dry_run) {
    fmt::print("{}: the PIN can be reset. {}", mailbox, kDryRun);
  } else if (!reset.pin.empty()) {
    fmt::print("{}: the PIN is set{}. It is not mailed.\n", mailbox,
               reset.must_change ? ", and must be changed at the next sign-in" : "");
  } else if (reset.show) {
    fmt::print("{}: the PIN is {}, and must be changed at the next sign-in. It is not mailed.\n",
               mailbox, response.pin());
  } else {
    fmt::print("{}: the old PIN is void. A new one will be mailed to {}.\n", mailbox,
               reset.notify.empty() ? "the user" : Printable(reset.notify));
  }
}

void LockPin(const Client& client, const std::string& mailbox, bool locked, bool dry_run) {
  v1::LockPinRequest request;
  request.set_mailbox(mailbox);
  request.set_locked(locked);
  request.set_dry_run(dry_run);
  const std::string name = Printable(client.LockPin(request).mailbox());
  if (dry_run) {
    fmt::print("{}: it can be {}. {}", name, locked ? "locked" : "unlocked", kDryRun);
  } else if (locked) {
    fmt::print("{}: locked. No PIN opens it before umctl pin unlock or umctl pin reset.\n", name);
  } else {
    fmt::print("{}: unlocked; wrong PINs are forgotten.\n", name);
  }
}

}  // namespace um::cli
