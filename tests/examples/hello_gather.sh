#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# hello_gather.sh <program>: it says what it computed, in order.
set -u
wanted='file 1, file 2, file 3
1291890006563070912
10335320052494567296
8896384125098331904'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
