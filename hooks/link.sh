#!/bin/sh
# SessionStart of the plugin, before anything else: the telemetry folder, and in it a link to the program: the
# `atel` of the PATH, else the one that came with the plugin. One that is linked from elsewhere (a clone, npm)
# keeps its place; that of an older plugin does not. Never fails, never prints.
atel_link() {
  case ${AGENT_TELEMETRY_ENABLED:-1} in 0 | false | no | off) return ;; esac
  atel_home=${AGENT_TELEMETRY_HOME:-${HOME:-/nonexistent}/.agent-telemetry}
  # A relative folder would be another one in every project.
  case $atel_home in /*) ;; *) return ;; esac
  atel_program=$(cd "${0%/*}/../dist" && pwd) || return
  # One that npm installed has the engine of the embedded store beside it; the plugin's copy has not.
  atel_cli=$(command -v atel) && atel_cli=$(readlink -f "$atel_cli") && [ -f "${atel_cli%/*}/drain.js" ] &&
    atel_program=${atel_cli%/*}
  [ -f "$atel_program/drain.js" ] || return
  if [ -f "$atel_home/program/drain.js" ]; then
    case $(readlink "$atel_home/program") in
      "$atel_program") return ;;
      */plugins/*) ;;
      *) return ;;
    esac
  fi
  umask 077
  mkdir -p "$atel_home/inbox" || return
  # Beside it and renamed over it: a hook of another session may look at it now.
  ln -s "$atel_program" "$atel_home/program.$$" || return
  mv -fT "$atel_home/program.$$" "$atel_home/program" || mv -fh "$atel_home/program.$$" "$atel_home/program" ||
    rm -f "$atel_home/program.$$"
}

atel_link > /dev/null 2>&1
exit 0
