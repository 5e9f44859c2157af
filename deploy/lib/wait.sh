# shellcheck shell=bash disable=SC2034
# Waiting for what other processes write, always with a deadline. Sourced by bash scripts.

# wait_for_line FILE PATTERN SECONDS [PID [LINE]]: prints the first line of a growing file, from its line LINE on, that
# matches the extended regular expression, as soon as it is there. Fails after SECONDS, or when process PID has ended.
wait_for_line() {
  local file=$1 pattern=$2 seconds=$3 pid=${4:-} reader status=0
  exec {lines}< <(exec timeout "$seconds" tail -n "+${5:-1}" -s 0.05 -F ${pid:+--pid="$pid"} "$file" 2>/dev/null)
  reader=$!
  grep -m 1 -E -- "$pattern" <&"$lines" || status=1
  kill "$reader" 2>/dev/null || true
  exec {lines}<&-
  return "$status"
}

# wait_until SECONDS COMMAND...: runs the command every 50 ms until it succeeds.
wait_until() {
  local deadline=$((${EPOCHREALTIME/[^0-9]/} + $1 * 1000000))
  shift
  until "$@"; do
    ((${EPOCHREALTIME/[^0-9]/} < deadline)) || return 1
    sleep 0.05
  done
}

# field NAME JSON-LINE: the value of a field of one line of our logs, "" if it is not there.
field() {
  if [[ $2 =~ \"$1\":\"(([^\"\\]|\\.)*)\" || $2 =~ \"$1\":([^,}]*) ]]; then printf '%s' "${BASH_REMATCH[1]}"; fi
}
