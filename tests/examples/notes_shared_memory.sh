#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_shared_memory.sh <program>: all four parts were filled.
set -u
wanted='4000000 bytes, sum 2.5e+06'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
