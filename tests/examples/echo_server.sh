#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# echo_server.sh <program>: what is sent comes back; Ctrl-C ends the server in order, with and
# without connections.
set -u
program=$1
work=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill -KILL "$server" 2>/dev/null; rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  cat "$work/errors" >&2
  exit 1
}

# expect <pattern>: the next line of the server; it waits for it.
expect() {
  read -r -t 30 line <&"$said" || fail "the server says nothing, where '$1' should come"
  # shellcheck disable=SC2053
  [[ $line == $1 ]] || fail "the server says '$line', and not '$1'"
}

# start <option>...: the server runs, and a connection to it is open as $peer.
start() {
  rm -f "$work/said"
  mkfifo "$work/said"
  # Job control gives the server the usual answer to SIGINT; in the background it would ignore it.
  set -m
  "$program" --port 0 "$@" > "$work/said" 2> "$work/errors" &
  server=$!
  set +m
  exec {said}< "$work/said"
  expect 'listening on 127.0.0.1:*'
  port=${line#*:}
  exec {peer}<> "/dev/tcp/127.0.0.1/${port%% *}"
  echo "to and fro" >&"$peer"
  read -r -t 30 answer <&"$peer"
  [ "$answer" = "to and fro" ] || fail "what came back is '$answer'"
}

# finish: the server ends well, by itself, after having counted.
finish() {
  expect '1 connections, 11 bytes'
  wait "$server" || fail "the server ended with $?"
  server=
  exec {said}<&-
}

"$program" --grace soon 2> "$work/errors"
[ $? -eq 2 ] || fail "a wrong option must be told"

# A connection that has ended needs no time.
start --grace 1000
exec {peer}>&-
kill -INT "$server"
expect '*connections have 1000 s*'
finish

# One that does not end is cut off when its time is over.
start --grace 1
kill -INT "$server"
expect '1 connections have 1 s*'
finish
read -r -t 30 answer <&"$peer" && fail "the connection is still open"
exec {peer}>&-

# A second Ctrl-C does not wait for it.
start --grace 1000
kill -INT "$server"
expect '1 connections have 1000 s*'
kill -INT "$server"
finish
exec {peer}>&-
