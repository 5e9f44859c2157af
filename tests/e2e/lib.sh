# shellcheck shell=bash
# What every end-to-end scenario starts with. Sourced; tests/run sets
#   UM_BIN  the folder of the programs      WORK  an empty folder for this scenario's files
# A scenario that ends without `pass` has failed. Each has loopback addresses of its own, so that scenarios, and whole
# test runs, can go on side by side on the standard ports.
set -Eeuo pipefail
scenario=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$scenario/../../.." && pwd)
source "$root/deploy/lib/wait.sh"
source "$root/deploy/lib/system.sh"

bin=${UM_BIN:-$root/build/release/bin}
system=${WORK:-$(mktemp -d)}
net=127.$((1 + RANDOM % 254)).$((RANDOM % 256))
node_sip=$net.1:5062 node_grpc=$net.1:5070 proxy_sip=$net.2:5060
node_log=$system/um-mailbox.log proxy_log=$system/um-proxy.log
passed=0

# Every exit ends what was started, and looks for what a sanitizer may have found.
finish() {
  local status=$?
  trap - EXIT
  trap '' INT TERM
  stop_system || status=1
  jobs -rp | xargs -r kill 2>/dev/null || true
  if grep -lE 'ERROR: AddressSanitizer|ERROR: LeakSanitizer|WARNING: ThreadSanitizer|runtime error:' "$node_log" "$proxy_log" 2>/dev/null; then
    echo "a sanitizer has found something"
    status=1
  fi
  ((passed)) || status=$((status ? status : 1))
  exit "$status"
}
trap finish EXIT
# An interruption ends the scenario like a failure: nothing is left running.
trap "trap '' INT TERM; exit 130" INT
trap "trap '' INT TERM; exit 143" TERM
trap 'echo "failed at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR

die() { echo "$*"; exit 1; }
# pass REMARK: the scenario's one line.
pass() { passed=1; echo "$*"; }

# equal WHAT GOT WANTED;  between WHAT GOT LOW HIGH (whole numbers).
equal() { [[ $2 == "$3" ]] || die "$1 is '$2', should be '$3'"; }
between() { [[ $2 =~ ^-?[0-9]+$ ]] && (($2 >= $3 && $2 <= $4)) || die "$1 is '$2', should be from $3 to $4"; }
# part NAME TEXT: a value of "name=value name=value".
part() { local rest=" $2"; rest=${rest##* "$1"=}; echo "${rest%% *}"; }

# value NAME JSON: the first value of that name in what umctl prints.
value() { grep -oE "\"$1\": ?(\"[^\"]*\"|[0-9.]+)" <<<"$2" | head -n 1 | sed -E 's/^"[a-z_]+": ?"?//; s/"$//'; }

# event PROGRAM-LOG EVENT [PATTERN [SECONDS]]: the first line with this event (and pattern after it), when it comes.
event() { wait_for_line "$1" "\"event\":\"$2\".*${3:-}" "${4:-20}"; }
# count_events LOG EVENT [PATTERN]
count_events() { grep -cE "\"event\":\"$2\".*${3:-}" "$1" || true; }

start_all() { start_mail; start_node; start_proxy; }

# call NAME OPTION...: one call by deploy/demo/call from an address of its own; its files are in $system/NAME.
calls=0
call() {
  local name=$1
  shift
  mkdir -p "$system/$name"
  "$deploy/demo/call" --proxy "$proxy_sip" --from "$net.$((10 + calls++))" --pilot 2000 --caller +15550142 --name "Bob Baker" \
    --log "$node_log" --work "$system/$name" "$@" >"$system/$name/steps"
}
trace_of() { sed -n 's/^taken //p' "$system/$1/steps"; }

# Files of speech, made once for the scenario.
speech() { "$deploy/demo/speech" "$system/$1.ulaw" "${2:-10}" "${3:-1}"; }

# wait_mail USER [COUNT [SECONDS]]: until the inbox has that many messages. the_mail USER FILE: the only message.
wait_mail() { wait_until "${3:-30}" inbox_has "$1" "${2:-1}" || die "$1 has $(inbox "$1" | wc -l) messages, should have ${2:-1}"; }
the_mail() {
  wait_mail "$1"
  equal "messages of $1" "$(inbox "$1" | wc -l)" 1
  inbox_fetch "$1" "$(inbox "$1")" >"$2"
}

# nothing_queued: no message waits to be mailed, or is being mailed.
nothing_queued() {
  local status
  status=$(umctl status --json 2>/dev/null) && [[ $status =~ \"queued\":\ ?\"0\" && $status =~ \"retrying\":\ ?\"0\" ]]
}

# sanitized: these programs keep what they have freed, to find who uses it, and what memory they take says nothing.
sanitized() { grep -qaE '__(asan|tsan)_init' "$bin/um-mailbox"; }

# same_audio SENT FILE MINIMUM: what was said is what is in the file, whole: prints the comparison.
same_audio() {
  local comparison
  comparison=$("$bin/compare_audio" "$1" "$2" "$3") || die "$2: $comparison, should correlate by $3"
  between "missing ms of $2" "$(part missing_ms "$comparison")" 0 100
  echo "$comparison"
}

# stored_message EXTENSION: the id of the newest message in the store.
stored_message() { umctl message list "$1" --json | grep -oE '"id": ?"[0-9A-Z]{26}"' | head -n 1 | grep -oE '[0-9A-Z]{26}'; }
