#!/bin/sh
# The guard of budgets, for PreToolUse and UserPromptSubmit: only where `atel init --guard` installed it.
# Past the hard limit of a budget it denies the call of a tool, past the soft one it tells the agent at the next prompt.
# The server writes which sessions are past a limit into the file `guard`. Whatever is missing, old or damaged denies
# nothing, and the script always ends with 0.
# The body is in a function, so that a cut file does nothing at all.

# Reads the rest of stdin, for a second at most: some clients leave it open.
atel_rest() {
  # A process in the background has no stdin of its own.
  exec 3<&0
  cat <&3 > /dev/null &
  atel_cat=$!
  # It outlives this script where the rest came at once, so it must not hold what the client reads.
  { sleep 1; kill "$atel_cat"; } <&- 3<&- > /dev/null &
  atel_timer=$!
  wait "$atel_cat"
  kill "$atel_timer"
  exec 3<&-
}

atel_guard() {
  # Lengths and ranges of characters are those of bytes.
  LC_ALL=C
  atel_home=${AGENT_TELEMETRY_HOME:-${HOME:-/nonexistent}/.agent-telemetry}
  # What is needed is at the beginning of the payload. One read, because some clients leave stdin open.
  atel_payload=$(dd bs=4096 count=1)
  # The rest of a longer payload is read, too, or its writer would get a broken pipe.
  if [ "${#atel_payload}" -ge 4090 ] || [ "${atel_payload%\}}" = "$atel_payload" ]; then atel_rest; fi
  [ -f "$atel_home/guard" ] && [ -r "$atel_home/guard" ] || return
  # The server does not write one that is so large, and a shell reads slowly.
  [ "$(wc -c < "$atel_home/guard")" -lt 300000 ] || return
  # The input of a tool may have any keys.
  atel_payload=${atel_payload%%'"tool_input":'*}
  atel_payload=${atel_payload%%'"prompt":'*}
  case $atel_payload in *'"session_id":"'*) ;; *) return ;; esac
  atel_session=${atel_payload#*'"session_id":"'}
  atel_session=${atel_session%%'"'*}
  atel_agent=main
  # The main thread of `claude --agent NAME` has a type, but no id.
  case $atel_payload in *'"agent_id":"'?*'"agent_type":"'?*)
    atel_agent=${atel_payload#*'"agent_type":"'}
    atel_agent=${atel_agent%%'"'*}
    ;;
  esac
  case $atel_payload in
    *'"hook_event_name":"PreToolUse"'*) atel_event=PreToolUse ;;
    *'"hook_event_name":"UserPromptSubmit"'*) atel_event=UserPromptSubmit ;;
    *) return ;;
  esac
  atel_checked=
  atel_told=
  while IFS='|' read -r atel_level atel_of atel_by atel_text; do
    if [ -z "$atel_checked" ]; then
      # The first line: 1 PID UNTIL. If that process is gone, or has not renewed the file in time, nobody knows the
      # figures any more.
      set -f
      # shellcheck disable=SC2086
      set -- $atel_level
      [ "$#" = 3 ] && [ "$1" = 1 ] || return
      case $2$3 in *[!0-9]*) return ;; esac
      [ "$2" -gt 0 ] && kill -0 "$2" || return
      atel_until=$3
      atel_checked=1
      continue
    fi
    case $atel_of in '*' | "$atel_session") ;; *) continue ;; esac
    case $atel_by in '*' | "$atel_agent") ;; *) continue ;; esac
    [ -n "$atel_text" ] || continue
    # A text that would end the JSON text, or that JSON cannot have, is none of ours.
    case $atel_text in *['"\']* | *[!\ -~]*) return ;; esac
    # Only now is the time needed, which takes a process.
    if [ "$atel_checked" = 1 ]; then
      [ "$(date +%s)" -le "$atel_until" ] || return
      atel_checked=2
    fi
    if [ "$atel_event" = UserPromptSubmit ]; then
      atel_told="$atel_told${atel_told:+ }$atel_text"
    elif [ "$atel_level" = hard ]; then
      # The text begins with `Budget NAME: `.
      atel_rule=${atel_text#Budget }
      atel_rule=${atel_rule%%:*}
      printf '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"%s"}}\n' \
        "agent-telemetry: $atel_text Stop and ask the user, who can run in a terminal: atel budget, to see the budgets; atel alerts edit $atel_rule --hard FIGURE, to raise this limit; atel alerts edit $atel_rule --off, to switch it off."
      return
    fi
  done < "$atel_home/guard"
  [ -z "$atel_told" ] ||
    printf '{"hookSpecificOutput":{"hookEventName":"UserPromptSubmit","additionalContext":"%s"}}\n' \
      "agent-telemetry: $atel_told Use fewer tokens from here on (smaller steps, cheaper agents), or ask the user what to do. atel budget shows the budgets."
}

atel_guard 2> /dev/null
exit 0
