#!/bin/sh
# PostToolUse and PostToolUseFailure of Skill, UserPromptExpansion: a skill is called or typed.
[ -r "${0%/*}/capture.sh" ] && . "${0%/*}/capture.sh"
exit 0
