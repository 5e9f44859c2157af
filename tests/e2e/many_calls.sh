# shellcheck shell=bash disable=SC2154
# Many callers at once (tests/support/caller), each with a mailbox and a voice of its own. Sourced after lib.sh.

# organise COUNT [NAME]: an organisation with mailboxes 1000 to 1000 + COUNT, all of users with that name or each with one of
# its own; userN@example.com has 1000 + N.
organise() {
  local n
  organisation=$system/organisation.yaml
  cat >"$organisation" <<YAML
id: example
dial_plans: [{name: main, number_of_digits_in_extension: 4}]
ip_gateways: [{name: pbx, networks: ["$net.0/24"]}]
hunt_groups: [{name: pbx, ip_gateway: pbx, dial_plan: main, pilot_identifier: "2000"}]
mailbox_policies: [{name: staff, dial_plan: main}]
mailboxes:
YAML
  for n in $(seq 0 "$1"); do
    echo "  - {id: user$n, display_name: ${2:-User $n}, email: user$n@example.com, policy: staff, extension: \"$((1000 + n))\"}"
  done >>"$organisation"
}

# start_calls NAME COUNT FIRST SECONDS: callers to the extensions from FIRST on, in the background: callers_pid. What they
# said and what they have to tell is in $system/NAME.
start_calls() {
  mkdir -p "$system/$1"
  [[ -e $system/voice.ulaw ]] || speech voice 16
  "$bin/many_calls" --proxy "$proxy_sip" --from "$net.9" --calls "$2" --first "$3" --seconds "$4" --voice "$system/voice.ulaw" \
    --out "$system/$1" >"$system/$1/told" 2>"$system/$1/failed" &
  callers_pid=$!
}
# callers_tell NAME WORD: when that happens ("recording": all speak; "hanging up": the first does).
callers_tell() { wait_for_line "$system/$1/told" "^$2" 120 "$callers_pid" >/dev/null || die "$(head -n 3 "$system/$1/failed")"; }
# end_calls NAME: returns when all callers have hung up; what they have measured is in $told.
end_calls() {
  wait "$callers_pid" || die "$(grep -c . "$system/$1/failed") calls failed: $(head -n 3 "$system/$1/failed")"
  told=$(tail -n 1 "$system/$1/told")
}

# heard_well: hardly a packet is missing in what callers heard. (A machine that stands still for 20 ms makes a gap.)
heard_well() { between "gaps in what callers heard" "$(part gaps "$told")" 0 $(($(part heard "$told") / 200)); }

# delivered COUNT: waits until so many messages in all have been mailed.
delivered() {
  wait_until 90 eval '(($(count_events "$node_log" mail.delivered) >= '"$1"'))' ||
    die "$(count_events "$node_log" mail.delivered) of $1 messages delivered"
}

# exactly_stored NAME: every caller's newest message in the store is, byte for byte, silence and what that caller said.
exactly_stored() {
  local said extension
  mkdir -p "$system/$1/stored"
  for said in "$system/$1"/*.ulaw; do
    extension=$(basename "$said" .ulaw)
    umctl message fetch "$(stored_message "$extension")" -o "$system/$1/stored/$extension.wav" >/dev/null
  done
  python3 "$root/tests/e2e/exactly_stored.py" "$system/$1" >"$system/$1/exact" || die "$(head -n 5 "$system/$1/exact")"
  tail -n 1 "$system/$1/exact"
}

# What um-mailbox uses: CPU [ms] in all, and "name=ms ..." by thread; memory [KiB]; threads: its own, by name, and all with
# those of gRPC, which come and go.
cpu_ms() { awk '{print ($14 + $15) * 10}' "/proc/$node_pid/stat"; }
cpu_by_thread() {
  cat "/proc/$node_pid"/task/*/stat | sed -E 's/^[0-9]+ \(([^)]*)\)/\1 x/' |
    awk '{ms[$1] += ($14 + $15) * 10} END {for (name in ms) printf "%s=%d ", name, ms[name]}'
}
memory_kib() { awk '$1 == "VmRSS:" {print $2}' "/proc/${1:-$node_pid}/status"; }
own_threads() { cat "/proc/$node_pid"/task/*/comm | grep -E '^(um-mailbox|media|spool|worker|delivery)$' | sort | uniq -c | xargs; }
all_threads() { awk '$1 == "Threads:" {print $2}' "/proc/$node_pid/status"; }
