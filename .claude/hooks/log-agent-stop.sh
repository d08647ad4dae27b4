#!/bin/sh
# SubagentStop: a subagent stops; its transcript is read for tokens.
[ -r "${0%/*}/capture.sh" ] && . "${0%/*}/capture.sh"
exit 0
