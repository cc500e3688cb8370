#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_queue.sh <program>: five squares came through the queue.
set -u
wanted='1 -> 1
2 -> 4
3 -> 9
4 -> 16
5 -> 25'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
