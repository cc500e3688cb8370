#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_downloads.sh <program>: all three began before the first ended, and their results are in order.
set -u
wanted='begin one.zip
begin two.zip
begin three.zip
end three.zip
end two.zip
end one.zip
one.zip done, two.zip done, three.zip done'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
