#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_create_task.sh <program>: what was created begins by itself, what was made begins where it is awaited.
set -u
wanted='nothing has begun
created begins
main goes on
made begins
created ends
made ends
both have ended'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
