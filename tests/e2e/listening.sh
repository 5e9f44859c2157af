# shellcheck shell=bash
# listening_call NAME EXTENSION: a diverted call whose caller hears the greeting, and hangs up in the recording without a word.
# In $system/NAME: redirected, the contact and its address; heard, what listen.py tells of the RTP that came; heard.ulaw, it.
listening_call() {
  local caller=$net.$((10 + calls++)) uri host port listener sipp_pid recordings
  recordings=$(count_events "$node_log" recording.started)
  mkdir "$system/$1"
  cd "$system/$1"
  python3 "$root/tests/e2e/listen.py" "$caller" 40000 heard.ulaw >heard &
  listener=$!
  wait_until 20 grep -qs listening heard || die "nobody listens in $1"
  dial() { sipp "$1" -sf "$2" -t t1 -i "$caller" -bind_local -mi "$caller" -m 1 -nostdin -timeout 60 -cid_str "greeting@$caller" \
    -key tag t1 -key pilot 2000 -key caller +15550142 -key caller_name Bob -key extension "$3" "${@:4}" \
    -trace_logs -log_file sipp.log -trace_msg -message_file "$(basename "$2").sip" -trace_err >sipp.out 2>&1 </dev/null; }
  dial "$proxy_sip" "$deploy/demo/offer.xml" "$2"
  sed -n 's/^redirected //p' sipp.log >redirected
  read -r uri host port <redirected

  # The same call with the listener's port in the SDP, and without speech.
  sed -e 's/\[rtpstream_audio_port\]/40000/' -e '/<exec rtp_stream/d' "$deploy/demo/message.xml" >message.xml
  printf 'listen' >signal
  dial "$host:$port" message.xml "$2" -key uri "$uri" -key proxy "$proxy_sip" -d 300 &
  sipp_pid=$!
  greeted() { (($(count_events "$node_log" recording.started) > recordings)); }
  wait_until 60 greeted || die "the greeting of $1 does not end"
  printf 'speak!' >signal
  wait "$sipp_pid"
  kill -TERM "$listener"
  wait "$listener" || die "$(cat heard)"
  cd "$system"
}
