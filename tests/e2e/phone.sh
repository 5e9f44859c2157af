# shellcheck shell=bash disable=SC2154
# A real telephone: baresip, which refuses loopback, in a network namespace of its own. Sourced before lib.sh: the scenario
# goes on in another new one, and a veth pair joins the two. Nothing of it is seen from outside, and all of it ends with its
# processes. Root may make namespaces; so may anybody else where the kernel lets them (Debian's does).
voxpost_ip=192.0.2.1 pbx_ip=192.0.2.10 desk_ip=192.0.2.20 phone_ip=192.0.2.30
if [[ -z ${UM_APART:-} ]]; then
  apart=(unshare --net)
  [[ $(id -u) == 0 ]] || apart=(unshare --user --map-current-user --keep-caps --net)
  "${apart[@]}" true || { echo "no network namespace can be made here: root is needed"; exit 1; }
  UM_APART=1 exec "${apart[@]}" -- "$0"
fi

# start_network: Voxpost, the PBX and the desk telephones on this side, baresip on the other.
start_network() {
  local address
  ip link set lo up
  unshare --net tail -f /dev/null &
  phone_room=$!
  wait_until 10 phone_room_is_apart || die "the telephone has no namespace of its own"
  ip link add voxpost type veth peer name phone
  ip link set phone netns "$phone_room"
  for address in "$voxpost_ip" "$pbx_ip" "$desk_ip"; do ip address add "$address/24" dev voxpost; done
  ip link set voxpost up
  at_phone ip address add "$phone_ip/24" dev phone
  at_phone ip link set lo up
  at_phone ip link set phone up
  at_phone ip route add default via "$voxpost_ip"
}
phone_room_is_apart() { [[ $(readlink "/proc/$phone_room/ns/net") != $(readlink /proc/self/ns/net) ]]; }
at_phone() { nsenter --target "$phone_room" --net -- "$@"; }

# serve_gateway ADDRESS: Voxpost listens on the veth, and ADDRESS alone is the example organisation's gateway.
serve_gateway() {
  node_sip=$voxpost_ip:5062 proxy_sip=$voxpost_ip:5060
  organisation=$system/organisation.yaml
  sed -e '/- name: pbx/,/advertised_address/d' -e '/ip_gateway: pbx/d' -e "s|127\.0\.0\.0/8|$1|" "$deploy/examples/organisation.yaml" \
    >"$organisation"
}

# start_phone NAME CODEC: Bob Baker's, with one codec, as baresip names it. Its files are in $phone; what it hears is
# $phone/dump-*-dec.wav. It is silent until something is said.
declare -A codec_modules=([PCMU]=g711 [PCMA]=g711 [G722]=g722 [opus]=opus)
start_phone() {
  phone=$system/$1 heard_here=0 ended_here=0
  mkdir -p "$phone"
  touch "$phone/contacts"
  sox -n -r 8000 -c 1 -b 16 "$phone/silence.wav" trim 0 120
  echo "\"Bob Baker\" <sip:+15550142@$phone_ip>;regint=0;audio_codecs=$2" >"$phone/accounts"
  cat >"$phone/config" <<CONFIG
sip_listen $phone_ip:5060
ctrl_tcp_listen $phone_ip:4444
audio_source aufile,$phone/silence.wav
ausrc_srate 8000
ausrc_channels 1
ringback_disabled yes
snd_path $phone
module_path $(dirname "$(dpkg -L baresip-core | grep -m 1 '/g711\.so$')")
module ${codec_modules[${2%%/*}]}.so
module sndfile.so
module aufile.so
module_tmp account.so
module_app ctrl_tcp.so
module_app menu.so
CONFIG
  nsenter --target "$phone_room" --net -- stdbuf -oL baresip -s -f "$phone" >"$phone/log" 2>&1 </dev/null &
  phone_pid=$!
  wait_for_line "$phone/log" '^baresip is ready' 10 "$phone_pid" >/dev/null || die "baresip: $(tail -n 3 "$phone/log")"
}
stop_phone() { end "$phone_pid" TERM || true; }

# tell COMMAND [PARAMETER]: a command of baresip's (netstrings of JSON over TCP), done when this returns.
tell() {
  local command="{\"command\":\"$1\",\"params\":\"${2:-}\"}" answer='' line
  exec {line}<>"/dev/tcp/$phone_ip/4444"
  printf '%d:%s,' "${#command}" "$command" >&"$line"
  until [[ $answer == *'"response":true'* ]]; do # events may come first
    IFS= read -r -t 10 -d '}' answer <&"$line" || die "baresip does not answer '$1'"
  done
  exec {line}>&-
  [[ $answer == *'"ok":true'* ]] || die "baresip: $1: $answer"
}

# ring NUMBER@HOST: a call; returns when Voxpost is heard. dial NUMBER@HOST: ... when its tone is over. Nobody else must be
# calling.
dialled=0 heard_here=0 tones=0
ring() {
  dialled=$((dialled + 1)) heard_here=$((heard_here + 1))
  tell ausrc "aufile,$phone/silence.wav"
  tell dial "sip:$1"
  wait_until 30 said_by_phone "$heard_here" 'incoming rtp' || die "nothing is heard after dialling $1"
}
dial() {
  ring "$1"
  tones=$((tones + 1))
  wait_until 30 eval '(($(count_events "$node_log" recording.started) == tones))' || die "no tone after dialling $1"
}
# said_by_phone COUNT PATTERN: baresip has logged that so often.
said_by_phone() { (($(grep -ac -- "$2" "$phone/log" || true) >= $1)); }
# say FILE.ulaw SECONDS: says that, and is silent for so long after it; then it hangs up, if the other side has not.
say() {
  sox -t ul -r 8000 -c 1 "$1" -b 16 "$phone/words.wav" pad 0 "$2"
  tell ausrc "aufile,$phone/words.wav"
}
# recorded MS: waits until so much of the present call is on disk.
recorded() { wait_until 30 eval '(($(stat -c %s "$system"/data/spool/*.spool | tail -n 1) > '"$1"' * 8))' || die "it is not recorded"; }
press() { tell sndcode "$1"; }
# hung_up phone|voxpost: waits until the call is over because that side has ended it, and the other knows.
hung_up() {
  local cause=hung-up
  [[ $1 == phone ]] || cause=we-hung-up
  wait_until 30 eval '(($(count_events "$node_log" call.ended) == dialled))' || die "the call goes on"
  equal "how the call ended" "$(field cause "$(grep '"event":"call.ended"' "$node_log" | tail -n 1)")" "$cause"
  [[ $1 == voxpost ]] || return 0
  ended_here=$((ended_here + 1))
  wait_until 10 said_by_phone "$ended_here" 'session closed: Connection reset by peer' || die "baresip does not know that the call is over"
}

# whole NAME EXTENSION SAID.ulaw [LEAST]: the inbox of that extension's user has the call's message, from Bob Baker, and what
# was said, with that correlation. Its mail is $system/NAME.eml; prints the comparison.
declare -A users=([1001]=ann.archer [1002]=bela.novak [1003]=chloe.dubois [1004]=david.okafor [1005]=elena.rossi)
whole() {
  local user=${users[$2]}@example.com mail=$system/$1.eml least=${4:-0.98} said_ms length stored
  said_ms=$(($(stat -c %s "$3") / 8))
  the_mail "$user" "$mail"
  equal "To of $1" "$(mail_header "$mail" To | grep -o "$user")" "$user"
  equal "Content-Class of $1" "$(mail_header "$mail" Content-Class)" voice-ca
  equal "the caller of $1" "$(mail_header "$mail" X-CallingTelephoneNumber)" +15550142
  equal "the caller's name of $1" "$(mail_header "$mail" X-VoiceMessageSenderName)" "Bob Baker"
  mail_audio "$mail" >"$system/$1.mp3"
  same_audio "$3" "$system/$1.mp3" "$least" >/dev/null
  umctl message fetch "$(stored_message "$2")" -o "$system/$1.wav" >/dev/null
  stored=$(same_audio "$3" "$system/$1.wav" "$least")
  length=$(umctl message list "$2" --json | grep -oE '"duration_ms": ?"?[0-9]+' | grep -oE '[0-9]+$')
  between "the length of $1 [ms]" "$length" "$said_ms" $((said_ms + $(part lead_ms "$stored") + 300))
  echo "$stored"
}
# record_of EXTENSION: the record of its latest call.
record_of() { umctl call list --mailbox "$1" --limit 1 --json; }

# heard_the_greeting: what the telephone has recorded has the greeting's recorded sentence in it; prints the comparison.
heard_the_greeting() {
  sox /usr/share/asterisk/sounds/en_US_f_Allison/vm-intro.wav -t ul -r 8000 -c 1 "$system/intro.ulaw"
  "$bin/compare_audio" "$system/intro.ulaw" "$(printf '%s\n' "$phone"/dump-*-dec.wav | tail -n 1)" 0.9 ||
    die "what baresip has heard is not the greeting"
}
