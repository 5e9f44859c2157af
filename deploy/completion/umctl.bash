# Completion of umctl for bash: verbs, options, values, and names as the node has them.
#   bash: install as /usr/share/bash-completion/completions/umctl, or source it.
#   zsh:  autoload -U bashcompinit && bashcompinit && source umctl.bash
_umctl() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <("${COMP_WORDS[0]}" complete --breaks "=${COMP_WORDBREAKS-}" -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
# Where nothing is known, files are offered: -f, --csv, -o.
complete -o default -o nosort -F _umctl umctl
