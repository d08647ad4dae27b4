#!/bin/sh
# UserPromptExpansion: a skill or a command is typed.
# Works even if a checkout changed the line ends to CRLF: each line ends in a comment, and the body is skipped if its
# first line does not end in a full stop.
[ -r "${0%/*}/capture.sh" ] && read -r line < "${0%/*}/capture.sh" && [ "${line%.}" != "$line" ] && . "${0%/*}/capture.sh" #
exit 0 #
