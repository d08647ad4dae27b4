#!/bin/sh
# Stop and SessionEnd: the session's requests and summary are recomputed from its transcripts.
[ -r "${0%/*}/capture.sh" ] && . "${0%/*}/capture.sh"
exit 0
