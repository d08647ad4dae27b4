# The body of every capture hook: keep stdin in the inbox, have it drained in the background, be silent.
# Sourced by the scripts beside it, which look at the full stop that ends this comment's first line.
# POSIX sh; on the usual way builtins only, but for cat and what runs in the background.
# It never fails and never prints: telemetry must not be felt.

atel_home=${AGENT_TELEMETRY_HOME:-${HOME:-/nonexistent}/.agent-telemetry}

# Exit 2 would block the user's work: whatever happens below, this script ends with 0.
trap 'exit 0' 0

# Reads stdin into a file, until it is closed. Some clients leave it open: then until a whole payload has come, or
# nothing has come for a second. Ends with 0 where it was closed, with 143 where it was not.
atel_read() {
  atel_watch "$1" &
  atel_watch=$!
  cat > "$1"
  atel_code=$?
  kill "$atel_watch"
  return "$atel_code"
}

# Ends the reader. A payload is one JSON object; one that is still growing gets four seconds in all.
atel_watch() {
  atel_look=0
  atel_size=
  while [ "$atel_look" -lt 20 ]; do
    sleep 0.2 || sleep 1 || return
    case $(tail -c 2 "$1") in *'}') break ;; esac
    atel_look=$((atel_look + 1))
    [ "$atel_look" -ge 4 ] || continue
    atel_before=$atel_size
    atel_size=$(wc -c < "$1")
    [ "$atel_before" != "$atel_size" ] || break
  done
  # The reader is the other child of this script. (In the background, so that its end could be waited for, it would
  # take longer to start: `cat` in front is started without a copy of the shell.)
  atel_self=$(exec sh -c 'echo "$PPID"')
  atel_children=
  if [ -r "/proc/$$/task/$$/children" ]; then
    read -r atel_children < "/proc/$$/task/$$/children"
  else
    atel_children=$(ps -A -o ppid= -o pid= | while read -r atel_parent atel_child; do
      [ "$atel_parent" != "$$" ] || echo "$atel_child"
    done)
  fi
  for atel_child in $atel_children; do
    [ "$atel_child" = "$atel_self" ] || kill "$atel_child"
  done
}

# Nothing is kept. Stdin is read all the same: its writer would get a broken pipe.
atel_pass() {
  atel_read /dev/null
}

# An event that could not be written leaves an empty file, which asks for no room: in the inbox, else in the folder
# for temporary files, under a name that says whose telemetry folder is meant. The next drain counts it.
atel_lost() {
  set -C
  if [ -d "$atel_home/inbox" ]; then true > "$atel_home/inbox/$$-$atel_n.lost" && return; fi
  atel_folder=$(printf %s "$atel_home" | tr -c 'A-Za-z0-9' _ | cut -c 1-150)
  true > "${TMPDIR:-/tmp}/atel-lost-$(id -u)-$atel_folder-$$-$atel_n"
}

# Whether a drain runs that lives: one that is stuck does not touch its lock any more.
atel_drains() {
  [ -f "$atel_home/drain.pid" ] && read -r atel_pid < "$atel_home/drain.pid" && [ "${atel_pid:-0}" -gt 0 ] &&
    kill -0 "$atel_pid" || return
  # How long the machine was up when the drain last said that it goes on, and now. Both are Linux alone.
  if [ -r /proc/uptime ] && [ -f "$atel_home/drain.beat" ]; then
    read -r atel_now atel_rest < /proc/uptime
    read -r atel_beat < "$atel_home/drain.beat"
    case ${atel_now%%.*}${atel_beat:=x} in *[!0-9]*) return 1 ;; esac
    atel_age=$((${atel_now%%.*} - atel_beat))
    [ "$atel_age" -ge 0 ] && [ "$atel_age" -lt 30 ]
    return
  fi
  # A clock that was wrong may have dated the lock.
  [ ! "$atel_home/drain.pid" -nt "$1" ] && [ -z "$(find "$atel_home/drain.pid" -mmin +1)" ]
}

# Takes note that a drain is being started, for other hooks: a drain takes longer to begin than many hooks to end.
# Fails where another hook has just done so, because that drain will find our file. A drain that begins removes the note.
atel_kick() {
  atel_note=$atel_home/drain.kick
  # To open a FIFO could take for ever.
  [ ! -e "$atel_note" ] || [ -f "$atel_note" ] || return 0
  atel_now=
  [ ! -r /proc/uptime ] || read -r atel_now atel_rest < /proc/uptime
  set -C
  echo "${atel_now%%.*}" > "$atel_note" && return
  set +C
  [ -f "$atel_note" ] || return 0
  if [ -n "$atel_now" ]; then
    read -r atel_kicked < "$atel_note"
    case ${atel_kicked:=x} in
      *[!0-9]*) ;;
      *) atel_age=$((${atel_now%%.*} - atel_kicked))
        [ "$atel_age" -ge 0 ] && [ "$atel_age" -lt 10 ] && return 1 ;;
    esac
  else
    [ ! "$atel_note" -nt "$1" ] && [ -z "$(find "$atel_note" -mmin +1)" ] && return 1
  fi
  echo "${atel_now%%.*}" > "$atel_note"
  return 0
}

atel_capture() {
  case ${AGENT_TELEMETRY_ENABLED:-1} in 0 | false | no | off) atel_home= ;; esac
  # A relative folder would be another one in every project.
  case $atel_home in /*) ;; *) atel_home= ;; esac
  # Off, or not installed on this machine.
  [ -d "$atel_home" ] || { atel_pass; return; }
  # Linked to a program that is gone: nobody would ever read the inbox.
  [ -L "$atel_home/program" ] && [ ! -e "$atel_home/program" ] && { atel_pass; return; }
  umask 077
  atel_n=0
  [ -d "$atel_home/inbox" ] || mkdir -p "$atel_home/inbox" || { atel_pass; atel_lost; return; }

  # A name no other hook has: the process id, counted on where an undrained file of an earlier one holds it.
  # (`true`, not `:`: a failed redirection of a special builtin ends the shell.)
  set -C
  until true > "$atel_home/inbox/$$-$atel_n.json"; do
    atel_n=$((atel_n + 1))
    [ "$atel_n" -lt 50 ] || { atel_pass; atel_lost; return; }
  done
  set +C
  # Under its own name from the start: to rename it would take a process. A drain leaves what is not whole to us.
  atel_read "$atel_home/inbox/$$-$atel_n.json"
  case $? in
    # Where the client did not close it (143), what came is what there is. (A drain may have taken it by now.) Nothing
    # is no event: an empty file is left by a hook that was ended, or by a power cut.
    0 | 143) [ -s "$atel_home/inbox/$$-$atel_n.json" ] || { rm -f "$atel_home/inbox/$$-$atel_n.json"; return; } ;;
    # A full disk: what could not be kept whole is not kept, and the rest of stdin is read.
    *) rm -f "$atel_home/inbox/$$-$atel_n.json"; atel_lost; atel_pass; return ;;
  esac

  # A running drain looks again after it lets go of its lock, so it will find the file.
  [ "${1:-}" != kick ] && atel_drains "$atel_home/inbox/$$-$atel_n.json" && return
  [ -f "$atel_home/program/drain.js" ] && command -v node || return
  atel_kick "$atel_home/inbox/$$-$atel_n.json" || return
  if command -v setsid; then
    AGENT_TELEMETRY_DETACHED=1 setsid node "$atel_home/program/drain.js" < /dev/null &
  else
    node "$atel_home/program/drain.js" < /dev/null &
  fi
}

atel_capture "$@" > /dev/null 2>&1
