#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_counter.sh <program>: no step was lost.
set -u
wanted='counted to 25000'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
