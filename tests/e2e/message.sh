# shellcheck shell=bash
# message TRANSPORT: ten seconds of speech, left over TCP or UDP, arrive whole, in the store and in the inbox.
message() {
  local transport=$1 user=ann.archer@example.com mail=$system/message.eml stored id
  transports=(tcp udp)
  start_all
  speech said 10
  call one --transport "$transport" --extension 1001 --speech "$system/said.ulaw"

  the_mail "$user" "$mail"
  equal To "$(mail_header "$mail" To | grep -o "$user")" "$user"
  equal Content-Class "$(mail_header "$mail" Content-Class)" voice-ca
  equal X-CallingTelephoneNumber "$(mail_header "$mail" X-CallingTelephoneNumber)" +15550142
  equal X-VoiceMessageSenderName "$(mail_header "$mail" X-VoiceMessageSenderName)" "Bob Baker"
  between X-VoiceMessageDuration "$(mail_header "$mail" X-VoiceMessageDuration)" 10 11
  [[ $(mail_header "$mail" Message-ID) =~ ^\<[0-9A-Z]{26}@[a-z.]+\>$ ]] || die "Message-ID is $(mail_header "$mail" Message-ID)"
  equal "the trace" "$(mail_header "$mail" X-Voxpost-Trace)" "$(trace_of one)"

  mail_audio "$mail" >"$system/mailed.mp3"
  mailed=$(same_audio "$system/said.ulaw" "$system/mailed.mp3" 0.98)
  id=$(stored_message 1001)
  umctl message fetch "$id" -o "$system/stored.wav" >/dev/null
  stored=$(same_audio "$system/said.ulaw" "$system/stored.wav" 0.99)
  # The message is what was said and how long the caller took to begin.
  local length
  length=$(($(part lead_ms "$stored") + 10000))
  between "the stored length [ms]" "$(part length_ms "$stored")" $((length - 100)) $((length + 100))
  between "the mailed length [ms]" "$(part length_ms "$mailed")" $((length - 100)) $((length + 100))
  [[ $(umctl message list 1001 --json) =~ \"duration_ms\":\ ?\"?([0-9]+) ]] || die "umctl tells no duration"
  between "the listed length [ms]" "${BASH_REMATCH[1]}" $((length - 100)) $((length + 100))
  equal "messages undeliverable or repeated" "$(count_events "$node_log" 'mail\.(refused|delayed)')" 0
  pass "$transport: correlation $(part correlation "$stored") stored, $(part correlation "$mailed") mailed, $(part length_ms "$mailed") ms"
}
