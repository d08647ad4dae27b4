#!/bin/sh
# The guard of budgets, for PreToolUse and UserPromptSubmit: only where `atel init --guard` installed it.
# Past the hard limit of a budget it denies the call of a tool, past the soft one it tells the agent at the next prompt.
# The server writes which sessions are past a limit into the file `guard`. Whatever is missing, old or damaged denies
# nothing, and the script always ends with 0.
# The body is in a function, so that a cut file does nothing at all.

atel_guard() {
  atel_home=${AGENT_TELEMETRY_HOME:-${HOME:-/nonexistent}/.agent-telemetry}
  # Stdin is read to its end, or its writer would get a broken pipe. What is needed is at its beginning.
  if [ ! -f "$atel_home/guard" ] || [ ! -r "$atel_home/guard" ]; then
    cat > /dev/null
    return
  fi
  atel_payload=$(head -c 4096; cat > /dev/null)
  # The input of a tool may have any keys.
  atel_payload=${atel_payload%%'"tool_input":'*}
  atel_payload=${atel_payload%%'"prompt":'*}
  case $atel_payload in *'"session_id":"'*) ;; *) return ;; esac
  atel_session=${atel_payload#*'"session_id":"'}
  atel_session=${atel_session%%'"'*}
  atel_agent=main
  case $atel_payload in *'"agent_type":"'?*)
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
      kill -0 "$2" 2> /dev/null || return
      atel_until=$3
      atel_checked=1
      continue
    fi
    case $atel_of in '*' | "$atel_session") ;; *) continue ;; esac
    case $atel_by in '*' | "$atel_agent") ;; *) continue ;; esac
    [ -n "$atel_text" ] || continue
    # A text that would end the JSON text is none of ours.
    case $atel_text in *['"\']*) return ;; esac
    # Only now is the time needed, which takes a process.
    if [ "$atel_checked" = 1 ]; then
      [ "$(date +%s)" -le "$atel_until" ] || return
      atel_checked=2
    fi
    if [ "$atel_event" = UserPromptSubmit ]; then
      atel_told="$atel_told${atel_told:+ }$atel_text"
    elif [ "$atel_level" = hard ]; then
      printf '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"%s"}}\n' \
        "agent-telemetry: $atel_text Ask the user: atel budget shows it, atel alerts edit RULE --hard FIGURE raises the limit, atel init --remove takes the guard out."
      return
    fi
  done < "$atel_home/guard"
  [ -z "$atel_told" ] ||
    printf '{"hookSpecificOutput":{"hookEventName":"UserPromptSubmit","additionalContext":"%s"}}\n' \
      "agent-telemetry: $atel_told Work on with less: smaller steps, cheaper agents; or ask the user (atel budget)."
}

atel_guard 2> /dev/null
exit 0
