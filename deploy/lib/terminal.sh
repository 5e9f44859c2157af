# shellcheck shell=bash disable=SC2034
# What the commands of this project print: steps, an in-place progress line on a terminal, plain lines elsewhere.
# Sourced by bash scripts; colours follow NO_COLOR and TERM=dumb.

terminal=0
[[ -t 1 && ${TERM:-dumb} != dumb ]] && terminal=1
if ((terminal)) && [[ -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' cyan=$'\e[36m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' yellow='' cyan='' plain=''
fi
# On a terminal too narrow or of unknown width a progress line must still not wrap.
columns=$( ((terminal)) && tput cols 2>/dev/null || echo 100)

# seconds_since EPOCHREALTIME-START: "4.2 s", "3 min 07 s".
seconds_since() {
  local us=$(( ${EPOCHREALTIME/[^0-9]/} - ${1/[^0-9]/} ))
  if ((us < 60000000)); then
    printf '%d.%d s' $((us / 1000000)) $((us / 100000 % 10))
  else
    printf '%d min %02d s' $((us / 60000000)) $((us / 1000000 % 60))
  fi
}

step_name='' step_start='' step_said=0
# step NAME: begins a step; its line is written by step_ok or step_failed.
step() {
  step_name=$1 step_start=$EPOCHREALTIME step_said=$SECONDS
  progress ''
}

# progress TEXT: where the step is. In place on a terminal; elsewhere a line a minute, so that a log shows life.
progress() {
  if ((terminal)); then
    local line="  ..  $step_name  $1"
    printf '\r\e[K%s' "${line:0:columns-1}"
  elif ((SECONDS - step_said >= 60)); then
    step_said=$SECONDS
    echo "  ..  $step_name  $1"
  fi
}

# Clears the progress line: before anything else is printed.
progress_clear() { if ((terminal)); then printf '\r\e[K'; fi; }

# step_ok [REMARK], step_failed [REMARK]: ends the step with its time.
step_ok() {
  progress_clear
  printf '  %sok%s  %-44s %s%s%s%s\n' "$green" "$plain" "$step_name" "$dim" "$(seconds_since "$step_start")" "${1:+   $1}" "$plain"
}
step_failed() {
  progress_clear
  printf '  %s!!%s  %-44s %s   %sFAILED%s%s\n' "$red$bold" "$plain" "$step_name" "$(seconds_since "$step_start")" "$red$bold" "$plain" "${1:+   $1}"
}

# failure_log FILE [LINES]: the end of a log, indented, and where the whole is.
failure_log() {
  echo "      the end of $1:"
  tail -n "${2:-25}" "$1" | sed 's/^/      | /'
}

# build_with_progress LOG COMMAND...: runs a ninja build; output to LOG, "[12/345] file" as progress.
build_with_progress() {
  local log=$1 status
  shift
  set +e
  NINJA_STATUS='[%f/%t] ' "$@" </dev/null 2>&1 | while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]]; then
      progress "${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}  ${BASH_REMATCH[3]##*/}"
    fi
  done 3>>"$log"
  status=${PIPESTATUS[0]}
  set -e
  return "$status"
}
