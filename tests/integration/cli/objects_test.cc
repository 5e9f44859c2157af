// umctl as an administrator runs it, on objects: the real program, a real socket, the real rules.
#include "tests/integration/cli/fake_organisations.h"
#include "tests/support/catch.h"

namespace um::tests {
namespace {

TEST_CASE("the first steps that umctl --help names lead to a mailbox") {
  const OrganisationBench bench;
  const std::string help = bench.Done("--help");
  const auto steps = help.substr(help.find("First steps"));
  // Carried out as they are printed.
  std::string script;
  size_t at = steps.find("  umctl ");
  for (; at != std::string::npos && steps.compare(at, 2, "  ") == 0;
       at = steps.find('\n', at) + 1) {
    script += steps.substr(at, steps.find('\n', at) + 1 - at);
  }
  const Ran ran = Run("set -e; umctl() { VOXPOST_SOCKET=" + bench.File("admin.sock") +
                      " " UM_UMCTL " \"$@\"; }\n" + script);
  INFO(script << "\n" << ran.output);
  REQUIRE(ran.status == 0);
  CHECK(Has(ran.output, "+ mailbox policy Main Default Policy"));
  CHECK(Has(ran.output, "+ hunt group pbx"));
  CHECK(Has(ran.output, "UM mailbox ann: version"));
  // The policy was made by the plan's own change, and the hunt group by its gateway's.
  REQUIRE(bench.node.requests.size() == 3);
  CHECK(bench.node.requests[0].operations_size() == 2);
  CHECK(bench.node.requests[1].operations_size() == 2);
}

TEST_CASE("umctl says where to begin when there is nothing, and what to do when nobody answers") {
  const OrganisationBench bench;
  CHECK(Has(bench.Done("organisation list"), "umctl organisation create"));
  const Ran ran = bench.Umctl("--socket " + bench.File("none.sock") + " dial-plan list");
  CHECK(ran.status == 1);
  CHECK(Has(ran.output, "um-mailbox does not answer at " + bench.File("none.sock")));
  CHECK(Has(ran.output, "admin_socket"));
}

TEST_CASE("objects are listed, shown, changed, renamed and deleted by name") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  CHECK(Has(bench.Done("dial-plan list"), "Main  4       telephone_extension"));
  const std::string shown = bench.Done("dial-plan show main");
  INFO(shown);
  CHECK(Has(shown, "max_call_duration_minutes"));
  CHECK(Has(shown, "  30  (default)\n"));
  CHECK(Has(shown, "  4\n"));
  CHECK(Has(shown, "hunt group pbx"));

  const std::string changed = bench.Done(
      "dial-plan set Main --max-call-duration-minutes 40 --access-telephone-numbers 2000,2001 "
      "--access-telephone-numbers 2002");
  CHECK(Has(changed, "max_call_duration_minutes: (not set) -> 40"));
  INFO(changed);
  CHECK(Has(changed, "access_telephone_numbers: (not set) -> ["));
  CHECK(Has(changed, "2002"));
  bench.Done(
      "dial-plan set Main --add-access-telephone-numbers 2003 "
      "--remove-access-telephone-numbers 2000 --unset max-call-duration-minutes");
  const std::string plan = bench.Done("dial-plan show Main --json");
  CHECK(Has(plan, "\"access_telephone_numbers\": [\"2001\", \"2002\", \"2003\"]"));
  CHECK(Has(plan, "\"max_call_duration_minutes\": 30"));
  CHECK(Has(plan, "\"version\": "));

  bench.Done("dial-plan rename Main Head");
  CHECK(Has(bench.Done("mailbox-policy show 'Main Default Policy' --yaml"), "dial_plan: Head"));
  bench.Done("mailbox disable 1001");
  CHECK(Has(bench.Done("mailbox set 1001 --language en-US"), "~ mailbox ann"));
  CHECK(Has(bench.Done("mailbox list"), "disabled"));
  bench.Done("ip-gateway disable pbx --no-new-calls");
  CHECK(Has(bench.Done("ip-gateway show pbx --yaml"), "status: no_new_calls"));
  bench.Done("mailbox delete 1001");
  CHECK(Has(bench.Done("mailbox list"), "There is no mailbox"));
}

TEST_CASE("a dry run changes nothing, and an outdated version is a conflict") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  const std::string dry = bench.Done("mailbox set ann --extension 1002 --dry-run");
  CHECK(Has(dry, "-> \"1002\"") != Has(dry, "-> 1002"));
  CHECK(Has(dry, "Dry run: nothing was changed."));
  CHECK(Has(bench.Done("mailbox show ann --yaml"), "1001"));
  const Ran conflict = bench.Umctl("mailbox set ann --extension 1002 --expected-version 1");
  CHECK(conflict.status == 1);
  CHECK(Has(conflict.output, "(version "));
  CHECK(Has(conflict.output, "try again"));
}

TEST_CASE("all that is wrong is told at once, in the words of the command line") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  const Ran values = bench.Umctl("dial-plan set Main --fax-enabled maybe --audio-codec 8track");
  CHECK(values.status == 2);
  CHECK(Has(values.output, "--fax-enabled: must be true or false"));
  CHECK(Has(values.output, "--audio-codec: must be one of: mp3"));
  const Ran ranges = bench.Umctl(
      "dial-plan set Main --max-call-duration-minutes 500 --input-failures-before-disconnect 99");
  CHECK(ranges.status == 1);
  CHECK(Has(ranges.output, "--max-call-duration-minutes: "));
  CHECK(Has(ranges.output, "--input-failures-before-disconnect: "));
  const Ran missing = bench.Umctl("mailbox create bob");
  CHECK(missing.status == 1);
  for (const char* option : {"--email: ", "--display-name: ", "--policy: "}) {
    CHECK(Has(missing.output, option));
  }
  const Ran blocked = bench.Umctl("dial-plan delete Main");
  CHECK(blocked.status == 1);
  CHECK(Has(blocked.output, "    mailbox policy Main Default Policy"));
  CHECK(Has(blocked.output, "--cascade"));
  CHECK(bench.Umctl("dial-plan delete Main --cascade").status == 1);
  CHECK(bench.Umctl("ip-gateway delete pbx").status == 1);
  const std::string cascade = bench.Done("ip-gateway delete pbx --cascade");
  CHECK(Has(cascade, "- IP gateway pbx"));
  CHECK(Has(cascade, "- hunt group pbx"));
  const Ran unknown = bench.Umctl("dial-plan show Nobody");
  CHECK(unknown.status == 1);
  CHECK(Has(unknown.output, "Nobody"));
}

TEST_CASE("a slip of the pen is answered with what was meant") {
  const OrganisationBench bench;
  const Ran option = bench.Umctl("dial-plan set Main --max-call-duration-minute 3");
  CHECK(option.status == 2);
  CHECK(Has(option.output, "did you mean --max-call-duration-minutes?"));
  const Ran verb = bench.Umctl("mailbox shwo ann");
  CHECK(verb.status == 2);
  CHECK(Has(verb.output, "did you mean show?"));
  CHECK(bench.Umctl("dial-plan").status == 2);
  CHECK(bench.Umctl("dial-plan set Main").status == 2);
}

TEST_CASE("call answering rules are added, changed and removed one by one") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  const std::string keys = "'[{key: \"1\", label: my mobile, find_me: {number: \"+15550100\"}}]'";
  bench.Done("mailbox rule add 1001 Travelling --priority 1 --key-mappings " + keys);
  const Ran again = bench.Umctl("mailbox rule add 1001 Travelling --key-mappings " + keys);
  CHECK(again.status == 1);
  CHECK(Has(again.output, "already"));
  bench.Done("mailbox rule disable 1001 Travelling");
  const std::string list = bench.Done("mailbox rule list 1001");
  CHECK(Has(list, "1         Travelling  disabled  1 my mobile"));
  bench.Done("mailbox rule set 1001 Travelling --priority 3 --extensions-dialed 1001");
  CHECK(Has(bench.Done("mailbox rule list 1001 --json"), "\"priority\": 3"));
  CHECK(bench.Umctl("mailbox rule remove 1001 Holiday").status == 1);
  bench.Done("mailbox rule remove 1001 Travelling");
  CHECK(Has(bench.Done("mailbox rule list 1001"), "no call answering rules"));
}

TEST_CASE("dialing rules and menus travel as CSV") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  const std::string rules =
      "Name,NumberMask,DialedNumber,Comment\nLocal,9xxxxxxx,9xxxxxxx,\"seven, digits\"\n";
  bench.Done("dial-plan rule import Main " + bench.Write("rules.csv", rules));
  CHECK(bench.Done("dial-plan rule export Main") == rules);
  CHECK(Has(bench.Done("dial-plan rule list Main"), "in country  Local"));
  CHECK(bench.Umctl("dial-plan rule import Main " + bench.Write("bad.csv", "a,b\n")).status == 1);

  bench.Done("auto-attendant create Reception --dial-plan Main");
  const std::string menu = "1,Repairs,2041,,,\"fixes;service\",,\ntimeout,Ann,,,,,ann,\n";
  bench.Done("auto-attendant menu import Reception " + bench.Write("menu.csv", menu));
  CHECK(bench.Done("auto-attendant menu export Reception") == menu);
}

TEST_CASE("recordings are taken from files and written to files") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  // One sample of silence.
  const std::string wav = std::string(
      "RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e"
      "\0\0\2\0\x10\0"
      "data\2\0\0\0\0\0",
      46);
  const std::string import = "prompt import dial-plan/Main " + bench.Write("welcome.wav", wav);
  const Ran taken = bench.Umctl(import);
  INFO(taken.output);
  REQUIRE(taken.status == 0);
  CHECK(bench.Umctl(import).status == 1);
  CHECK(Has(bench.Umctl(import).output, "--force"));
  bench.Done(import + " --force");
  CHECK(Has(bench.Done("prompt list"), "welcome.wav"));
  bench.Done("prompt export dial_plan/Main/welcome.wav -o " + bench.File("back.wav"));
  CHECK(bench.Read("back.wav") == wav);
  bench.Done("prompt delete dial-plan/Main/welcome.wav");
  CHECK(Has(bench.Done("prompt list"), "There is no custom prompt"));
}

TEST_CASE("the shell completes verbs, options, values and names") {
  const OrganisationBench bench;
  bench.TakeFirstSteps();
  CHECK(bench.Done("complete 'umctl dial-'") == "dial-plan\n");
  CHECK(Has(bench.Done("complete 'umctl dial-plan set Main --max-'"),
            "--max-recording-duration-minutes\n"));
  CHECK(bench.Done("complete 'umctl dial-plan create X --uri-type '") ==
        "e164\nsip_name\ntelephone_extension\n");
  CHECK(bench.Done("complete 'umctl dial-plan show '") == "Main\n");
  CHECK(bench.Done("complete 'umctl mailbox set ann --policy Ma'") == "Main\\ Default\\ Policy\n");
  CHECK(Run("bash -c 'PATH=$(dirname " UM_UMCTL "):$PATH; . \"$UM_SOURCE_DIR\""
            "/deploy/completion/umctl.bash; COMP_LINE=\"umctl dial-plan sh\"; COMP_POINT=18; "
            "COMP_WORDS=(umctl dial-plan sh); _umctl; echo \"${COMPREPLY[@]}\"'")
            .output == "show\n");
}

}  // namespace
}  // namespace um::tests
