# shellcheck shell=bash disable=SC2154
# A whole small system in one directory: Dovecot, um-mailbox, um-proxy, each on loopback unless told otherwise.
# Sourced by deploy/try and the end-to-end tests. Needs lib/wait.sh. Set by the caller:
#   system  the directory                                   bin    where the programs are
# and, where the defaults below do not suit, the addresses. Every process started is stopped by its own id.

deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
node_sip=127.0.0.1:5062 node_grpc=127.0.0.1:5070 proxy_sip=127.0.0.1:5060
rtp_first=16384 rtp_last=32767
max_calls=100
node_more='' # more of um-mailbox' YAML
organisation=$deploy/examples/organisation.yaml # what start_node brings in; '': nothing
transports=(tcp udp)
node_pid='' proxy_pid=''
mail_running=0

# listeners ADDRESS: the YAML of one listener for each transport.
listeners() {
  local transport
  for transport in "${transports[@]}"; do printf '  - {transport: %s, address: "%s"}\n' "$transport" "$1"; done
}

# start_mail: Dovecot. Sets lmtp and imap (HOST:PORT). When it has been stopped it starts again on the same ports.
start_mail() {
  local line word
  mail_running=1 # from here on there is something to stop, whatever happens
  line=$("$deploy/demo/dovecot" start "$system/mail" 9>&-) || return 1
  for word in $line; do
    case $word in lmtp=*) lmtp=${word#*=} ;; imap=*) imap=${word#*=} ;; esac
  done
}
stop_mail() {
  ((mail_running)) || return 0
  "$deploy/demo/dovecot" stop "$system/mail" && mail_running=0
}

# start_node: um-mailbox, ready when this returns. The log is kept over restarts.
start_node() {
  # The name of a Unix socket is short: it may not stand in a deep directory.
  admin_socket=${admin_socket:-$(mktemp -d "${TMPDIR:-/tmp}/voxpost-XXXXXX")/admin.sock}
  mkdir -p "$system/data"
  cat >"$system/um-mailbox.yaml" <<YAML
name: mailbox-1
data_directory: $system/data
listeners:
$(listeners "$node_sip")
rtp: {first_port: $rtp_first, last_port: $rtp_last}
handover: "$node_grpc"
admin_socket: $admin_socket
mail: {server: "lmtp://$lmtp", from: voicemail@example.com, host_name: voxpost.example.com}
max_calls: $max_calls
$node_more
YAML
  launch um-mailbox mailbox.started || return
  node_pid=$launched
  [[ -z $organisation ]] || umctl apply --no-welcome -f "$organisation" >/dev/null
}

# start_proxy: um-proxy, ready to redirect when this returns: it knows a healthy node.
start_proxy() {
  cat >"$system/um-proxy.yaml" <<YAML
name: proxy-1
listeners:
$(listeners "$proxy_sip")
nodes: ["$node_grpc"]
YAML
  launch um-proxy proxy.started || return
  proxy_pid=$launched
  wait_for_line "$system/um-proxy.log" '"event":"node\.connected"' 10 "$proxy_pid" >/dev/null
}

# launch PROGRAM EVENT: starts a program, its log kept over restarts, and waits for its first word. Sets launched.
launch() {
  local log=$system/$1.log known
  touch "$log"
  known=$(wc -l <"$log")
  "$bin/$1" --config "$system/$1.yaml" >>"$log" 2>&1 </dev/null 9>&- &
  launched=$!
  echo "$launched" >"$system/$1.pid"
  wait_for_line "$log" "\"event\":\"$2\"" 20 "$launched" $((known + 1)) >/dev/null && return
  echo "$1 did not start; its log is $log:" >&2
  tail -n 5 "$log" >&2
  kill "$launched" 2>/dev/null || true
  return 1
}

# end PID SIGNAL: ends one process of ours and waits for it; its exit status. One that does not go in 10 s is killed.
end() {
  local pid=$1
  [[ -n $pid ]] && kill "-$2" "$pid" 2>/dev/null || return 0
  wait_until 10 not_running "$pid" || kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null
}
not_running() { [[ ! -d /proc/$1 || $(awk '$1 == "State:" {print $2}' "/proc/$1/status" 2>/dev/null) == Z ]]; }

# kill_node: as if the process had crashed.
kill_node() {
  kill -KILL "$node_pid"
  wait "$node_pid" 2>/dev/null || true
  node_pid=''
}
# Their exit status is that of the program: 0 if it ended as it should.
stop_node() { local pid=$node_pid; node_pid=''; end "$pid" INT; }
stop_proxy() { local pid=$proxy_pid; proxy_pid=''; end "$pid" TERM; }

# stop_system: everything this file has started; harmless when repeated. Fails if a program did not end as it should.
stop_system() {
  local status=0
  stop_proxy || { status=$?; echo "um-proxy ended with status $status: $system/um-proxy.log" >&2; }
  stop_node || { status=$?; echo "um-mailbox ended with status $status: $system/um-mailbox.log" >&2; }
  stop_mail || true
  [[ -z ${admin_socket:-} ]] || rm -rf "$(dirname "$admin_socket")"
  admin_socket=''
  return "$status"
}

# umctl ARG...: of this system's node.
umctl() { "$bin/umctl" --socket "$admin_socket" "$@"; }

# inbox USER: the numbers of the messages in a user's inbox. inbox_fetch USER NUMBER: one message as it is.
inbox() {
  curl -sS -m 20 -u "$1:secret" "imap://$imap/INBOX" -X 'UID SEARCH ALL' | tr -d '\r' | sed -n 's/^\* SEARCH *//p' | tr ' ' '\n' |
    sed '/^$/d'
}
inbox_fetch() { curl -sS -m 20 -u "$1:secret" "imap://$imap/INBOX;UID=$2"; }
inbox_has() { [[ $(inbox "$1" 2>/dev/null | wc -l) -ge $2 ]]; }

# mail_header FILE NAME: a header's value, unfolded. mail_audio FILE: the decoded audio attachment.
mail_header() {
  tr -d '\r' <"$1" | awk -v name="${2,,}:" '
    /^$/ {body = 1}
    body {next}
    /^[ \t]/ {if (found == 1) {sub(/^[ \t]+/, " "); value = value $0}; next}
    {if (found) found = 2}
    !found && index(tolower($0), name) == 1 {found = 1; value = substr($0, length(name) + 1); sub(/^ +/, "", value)}
    END {print value}'
}
mail_audio() {
  tr -d '\r' <"$1" | awk '
    /^--/ {body = 0; audio = 0; headers = 1; next}
    headers && /^$/ {headers = 0; body = audio; next}
    headers && tolower($0) ~ /^content-type: *audio\// {audio = 1}
    body {print}' | base64 -d
}
