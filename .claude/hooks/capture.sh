# The body of every capture hook: keep stdin in the inbox, have it drained in the background, be silent.
# Sourced by the scripts beside it. POSIX sh; builtins only, but for cat, mv and what runs in the background.
# It never fails and never prints: telemetry must not be felt.

atel_home=${AGENT_TELEMETRY_HOME:-${HOME:-/nonexistent}/.agent-telemetry}

# Exit 2 would block the user's work: whatever happens below, this script ends with 0.
trap 'exit 0' 0

atel_capture() {
  case ${AGENT_TELEMETRY_ENABLED:-1} in 0 | false | no | off) atel_home= ;; esac
  # A relative folder would be another one in every project.
  case $atel_home in /*) ;; *) atel_home= ;; esac
  # Off, or not installed on this machine. Stdin is read all the same: its writer would get a broken pipe.
  [ -d "$atel_home" ] || { cat && return; }
  # Linked to a program that is gone: nobody would ever read the inbox.
  [ -L "$atel_home/program" ] && [ ! -e "$atel_home/program" ] && { cat && return; }
  umask 077
  [ -d "$atel_home/inbox" ] || mkdir -p "$atel_home/inbox" || { cat && return; }

  # A name no other hook has: the process id, counted on where an undrained file of an earlier one holds it.
  # (`true`, not `:`: a failed redirection of a special builtin ends the shell.)
  set -C
  atel_n=0
  while [ -e "$atel_home/inbox/$$-$atel_n.json" ] || ! true > "$atel_home/inbox/.$$-$atel_n"; do
    atel_n=$((atel_n + 1))
    [ "$atel_n" -lt 50 ] || { cat && return; }
  done
  set +C
  # A full disk: what could not be kept whole is not kept, and the rest of stdin is read.
  cat > "$atel_home/inbox/.$$-$atel_n" || { rm -f "$atel_home/inbox/.$$-$atel_n"; cat; return; }
  mv "$atel_home/inbox/.$$-$atel_n" "$atel_home/inbox/$$-$atel_n.json" || return

  # A running drain looks again after it lets go of its lock, so it will find the file.
  if [ "${1:-}" != kick ] && [ -f "$atel_home/drain.pid" ]; then
    read -r atel_pid < "$atel_home/drain.pid" && [ "${atel_pid:-0}" -gt 0 ] && kill -0 "$atel_pid" && return
  fi
  [ -f "$atel_home/program/drain.js" ] && command -v node || return
  if command -v setsid; then
    AGENT_TELEMETRY_DETACHED=1 setsid node "$atel_home/program/drain.js" < /dev/null &
  else
    node "$atel_home/program/drain.js" < /dev/null &
  fi
}

atel_capture "$@" > /dev/null 2>&1
