#!/bin/sh
# SessionStart of the plugin, before anything else: the telemetry folder, and in it a link to the program: the
# `atel` of the PATH, else the folder that the plugin was installed from, else the copy in the plugin. One that is
# linked from elsewhere (a clone, npm) keeps its place; that of an older plugin does not. Never fails, never prints.

# The folder of the marketplace that the plugin's copy (PLUGINS/cache/MARKETPLACE/...) came from, as the client notes it.
atel_marketplace() {
  case $0 in */plugins/cache/agent-telemetry/*) ;; *) return 1 ;; esac
  atel_plugins=${0%/cache/agent-telemetry/*}
  sed -n '/"agent-telemetry": *{/,/"installLocation"/s/^.*"installLocation": *"\([^"\\]*\)".*$/\1/p' \
    "$atel_plugins/known_marketplaces.json"
}

atel_link() {
  case ${AGENT_TELEMETRY_ENABLED:-1} in 0 | false | no | off) return ;; esac
  atel_home=${AGENT_TELEMETRY_HOME:-${HOME:-/nonexistent}/.agent-telemetry}
  # A relative folder would be another one in every project.
  case $atel_home in /*) ;; *) return ;; esac
  # In a clone and in the package the program is in dist/; the copy that Claude Code installs is dist/ itself.
  atel_program=$(cd "${0%/*}/../dist" && pwd) || atel_program=$(cd "${0%/*}/.." && pwd) || return
  # An installed program and a clone have the engine of the embedded store beside them; the plugin's copy has not.
  if atel_cli=$(command -v atel) && atel_cli=$(readlink -f "$atel_cli") && [ -f "${atel_cli%/*}/drain.js" ]; then
    atel_program=${atel_cli%/*}
  else
    atel_origin=$(atel_marketplace) && [ -f "$atel_origin/dist/drain.js" ] && atel_program=$atel_origin/dist
  fi
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
