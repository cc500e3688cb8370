#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_sum_of_squares.sh <program>: the parts make up the whole.
set -u
wanted='parts:  2666664666667000000
whole:  2666664666667000000'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
