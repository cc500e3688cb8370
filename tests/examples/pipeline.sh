#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pipeline.sh <program>: all items come through, and never more wait than the queue has places.
set -u
said=$("$1" 60) || { echo "FAILED: exit code $?" >&2; exit 1; }
echo "$said"
last=$(tail -n 1 <<< "$said")
[[ $last == "60 items, 153553 primes in "*" at most 8 items waited" ]] ||
  { echo "FAILED: it ended with: $last" >&2; exit 1; }
