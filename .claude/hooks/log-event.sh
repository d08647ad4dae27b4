#!/bin/sh
# Every other event: kept as it is.
[ -r "${0%/*}/capture.sh" ] && . "${0%/*}/capture.sh"
exit 0
