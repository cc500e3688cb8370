#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_factorials.sh <program>: five factorials, in the order of the numbers.
set -u
wanted='120
40320
3628800
1307674368000
2432902008176640000'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
