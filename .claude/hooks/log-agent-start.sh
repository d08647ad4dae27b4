#!/bin/sh
# SubagentStart: a subagent starts.
[ -r "${0%/*}/capture.sh" ] && . "${0%/*}/capture.sh"
exit 0
