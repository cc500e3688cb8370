#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# notes_join.sh <program>: who speaks first.
set -u
wanted='with join: the child
with join: the parent, after it
without join: the parent, before it
without join: the child'
said=$("$1") || { echo "FAILED: exit code $?" >&2; exit 1; }
[ "$said" = "$wanted" ] || { echo "FAILED: it said: $said" >&2; exit 1; }
