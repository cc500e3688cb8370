#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_manager.sh <program>: the dictionary keeps what it was given.
set -u
wanted='pears: 5
no plums
apples = 3
pears = 5'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
