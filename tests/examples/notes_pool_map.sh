#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_pool_map.sh <program>: a hundred results, in order.
set -u
wanted='1 ... 1000000, 100 results, sum 25502500'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
