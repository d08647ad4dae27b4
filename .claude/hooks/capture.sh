# The body of every capture hook: write stdin to the inbox, have it drained in the background, print nothing.
# The scripts next to it source it, after they have checked that its first line ends in a full stop.
# POSIX sh. The usual path uses builtins only, except for cat and what runs in the background.
# It never fails and never prints, because telemetry must not disturb the user.

atel_home=${HOME:-/nonexistent}
atel_home=${AGENT_TELEMETRY_HOME:-${atel_home%/}/.agent-telemetry}
# As the drain names the folder: without a slash at its end.
atel_home=${atel_home%/}

# Exit code 2 would block the user's work, so this script ends with 0 whatever happens.
trap 'exit 0' 0

# Copies stdin to a file until stdin is closed. Some clients leave it open: then until a complete payload has arrived,
# or nothing more for a second. Returns 0 if stdin was closed, 143 if not.
atel_read() {
  atel_watch "$1" &
  atel_watch=$!
  cat > "$1"
  atel_code=$?
  kill "$atel_watch"
  return "$atel_code"
}

# Ends the reader. A payload gets a second to begin, and while it grows three in total.
atel_watch() {
  atel_look=0
  atel_idle=0
  atel_size=
  while [ "$atel_look" -lt 16 ] && [ "$atel_idle" -lt 5 ]; do
    sleep 0.2 || sleep 1 || return
    atel_look=$((atel_look + 1))
    atel_before=$atel_size
    atel_size=$(wc -c < "$1")
    if [ "$atel_before" = "$atel_size" ]; then
      atel_idle=$((atel_idle + 1))
      atel_whole "$1" && break
    else
      atel_idle=0
    fi
  done
  # The reader is the other child of this script. (If it ran in the background, to wait for its end, it would start more
  # slowly: the shell starts `cat` in the foreground without copying itself.)
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

# Whether a file looks like one whole JSON object: it ends in a brace, and as many are closed as opened. A brace in a
# text may mislead this; then the reader ends after a second without input.
atel_whole() {
  case $(tail -c 2 "$1") in *'}') ;; *) return 1 ;; esac
  [ "$(LC_ALL=C tr -cd '{' < "$1" | wc -c)" = "$(LC_ALL=C tr -cd '}' < "$1" | wc -c)" ]
}

# Drops the event. Stdin is still read, or its writer would get a broken pipe.
atel_pass() {
  atel_read /dev/null
}

# An event that could not be written leaves an empty file, which needs no disk space: in the inbox, or else in the
# folder for temporary files, with the telemetry folder in its name. The next drain counts it.
atel_lost() {
  set -C
  if [ -d "$atel_home/inbox" ]; then true > "$atel_home/inbox/$$-$atel_n.lost" && return; fi
  atel_folder=$(printf %s "$atel_home" | LC_ALL=C tr -c 'A-Za-z0-9' _ | cut -c 1-150)
  true > "${TMPDIR:-/tmp}/atel-lost-$(id -u)-$atel_folder-$$-$atel_n"
}

# Whether there is a heartbeat, the uptime of the machine when a drain last reported progress, and an uptime to compare it
# with. Both exist only on Linux.
atel_has_beat() {
  [ -r /proc/uptime ] && [ -f "$atel_home/drain.beat" ]
}

# Whether the last heartbeat is younger than so many seconds.
atel_beats() {
  read -r atel_now atel_rest < /proc/uptime
  read -r atel_beat < "$atel_home/drain.beat"
  case ${atel_now%%.*}${atel_beat:=x} in *[!0-9]*) return 1 ;; esac
  atel_age=$((${atel_now%%.*} - atel_beat))
  [ "$atel_age" -ge 0 ] && [ "$atel_age" -lt "$1" ]
}

# Whether a drain is running and not stuck: a stuck one no longer touches its lock.
atel_drains() {
  [ -f "$atel_home/drain.pid" ] && read -r atel_pid < "$atel_home/drain.pid" && [ "${atel_pid:-0}" -gt 0 ] &&
    kill -0 "$atel_pid" || return
  if atel_has_beat; then
    atel_beats 30
    return
  fi
  # The clock may have been wrong when the lock was made.
  [ ! "$atel_home/drain.pid" -nt "$1" ] && [ -z "$(find "$atel_home/drain.pid" -mmin +1)" ]
}

# Whether a drain ran in the last minute. It leaves its last heartbeat.
atel_drained_lately() {
  if atel_has_beat; then
    atel_beats 60
    return
  fi
  [ -n "$(find "$atel_home/drain.beat" -mmin -1)" ]
}

# Leaves a note for other hooks that a drain is being started, because a drain starts more slowly than many hooks end.
# Fails if another hook has just left one, because that drain will find our file. A drain removes the note when it
# starts.
atel_kick() {
  atel_note=$atel_home/drain.kick
  # Opening a FIFO could block forever.
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
  # A relative folder would be a different one in every project.
  case $atel_home in /*) ;; *) atel_home= ;; esac
  # Switched off, or not installed on this machine.
  [ -d "$atel_home" ] || { atel_pass; return; }
  # The linked program is gone, so nothing would ever read the inbox.
  [ -L "$atel_home/program" ] && [ ! -e "$atel_home/program" ] && { atel_pass; return; }
  umask 077
  atel_n=0
  [ -d "$atel_home/inbox" ] || mkdir -p "$atel_home/inbox" || { atel_pass; atel_lost; return; }

  # A name that no other hook uses: the process id, with a counter in case an earlier process with the same id left a
  # file. (`true`, not `:`: a failed redirection of a special builtin ends the shell.)
  set -C
  until true > "$atel_home/inbox/$$-$atel_n.json"; do
    atel_n=$((atel_n + 1))
    [ "$atel_n" -lt 50 ] || { atel_pass; atel_lost; return; }
  done
  set +C
  # With its final name from the start, because renaming would take another process. A drain does not touch an
  # incomplete file.
  atel_read "$atel_home/inbox/$$-$atel_n.json"
  case $? in
    # If the client did not close stdin (143), what has arrived is the payload. (A drain may have taken it by now.) An
    # empty file is not an event: a hook that was killed leaves one, or a power failure.
    0 | 143) [ -s "$atel_home/inbox/$$-$atel_n.json" ] || { rm -f "$atel_home/inbox/$$-$atel_n.json"; return; } ;;
    # A full disk: an incomplete event is removed, and the rest of stdin is read.
    *) rm -f "$atel_home/inbox/$$-$atel_n.json"; atel_lost; atel_pass; return ;;
  esac

  # Tool calls are many, and each drain reads the transcript anew: they start one at most once a minute.
  [ "${1:-}" = tool ] && atel_drained_lately && return
  # A running drain checks the inbox again after it releases its lock, so it will find the file.
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
