#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# http_service.sh <program>: answers are right, a long computation and a crash concern nobody else,
# SIGTERM lets open requests end and nobody in.
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

# start <option>...: the server runs, at $port.
start() {
  rm -f "$work/said"
  mkfifo "$work/said"
  "$program" --port 0 --workers 2 "$@" > "$work/said" 2> "$work/errors" &
  server=$!
  exec {said}< "$work/said"
  expect 'listening on 127.0.0.1:*'
  port=${line##*:}
  port=${port%% *}
}

# ask <descriptor> <target>: sends a request. answered <descriptor>: its status and body.
ask() {
  printf 'GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n' "$2" >&"$1"
}
answered() {
  local line length=0
  read -r -t 30 line <&"$1" || fail "no answer"
  status=${line#* }
  status=${status%% *}
  while read -r -t 30 line <&"$1" && line=${line%$'\r'} && [ -n "$line" ]; do
    case $line in [Cc]ontent-[Ll]ength:*) length=${line#*: } ;; esac
  done
  body=
  [ "$length" = 0 ] || IFS= read -r -d '' -N "$length" -t 30 body <&"$1"
  body=${body%$'\n'}
}
# check <target> <status> <pattern>: on the connection $peer.
check() {
  ask "$peer" "$1"
  answered "$peer"
  [ "$status" = "$2" ] || fail "$1 gives status $status: $body"
  # shellcheck disable=SC2053
  [[ $body == $3 ]] || fail "$1 gives '$body', and not '$3'"
}

"$program" --grace soon 2> "$work/errors"
[ $? -eq 2 ] || fail "a wrong option must be told"

start --limit 20000
exec {peer}<> "/dev/tcp/127.0.0.1/$port"
check '/primes?below=1000' 200 168
check '/primes?below=10000000' 200 664579
check '/primes?below=2' 200 0
check '/primes?below=many' 400 'use /primes*'
check '/nothing' 404 'there is nothing at /nothing'
check '/crash' 502 '*signal 6 *'
check '/primes?below=100' 200 25
check '/stats' 200 '*crashed 1*'

# Two long ones, each on a connection of its own, and a short one meanwhile.
exec {first}<> "/dev/tcp/127.0.0.1/$port"
exec {second}<> "/dev/tcp/127.0.0.1/$port"
ask "$first" '/primes?below=100000000'
ask "$second" '/primes?below=100000000'
check '/' 200 'try /primes*'
# It is told to stop while they run: both are answered, and nobody is let in.
kill -TERM "$server"
expect 'signal 15: stopping'
answered "$first"
[ "$status $body" = "200 5761455" ] || fail "the first long request was answered with $status $body"
answered "$second"
[ "$status $body" = "200 5761455" ] || fail "the second long request was answered with $status $body"
(exec {late}<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && fail "it still takes connections"
expect '3 connections were served'
wait "$server" || fail "the server ended with $?"
server=
exec {said}<&- {peer}>&- {first}>&- {second}>&-

# What takes too long is stopped in its worker, and what outlives the time of grace is cut off.
start --limit 50 --grace 1
exec {peer}<> "/dev/tcp/127.0.0.1/$port"
check '/primes?below=2000000000' 503 'that took too long*'
check '/primes?below=1000' 200 168
kill -TERM "$server"
expect 'signal 15: stopping'
expect '1 connections were served'
wait "$server" || fail "the server ended with $?"
exec {said}<&- {peer}>&-
start --limit 100000 --grace 0
exec {peer}<> "/dev/tcp/127.0.0.1/$port"
ask "$peer" '/primes?below=2000000000'
exec {first}<> "/dev/tcp/127.0.0.1/$port"
ask "$first" '/stats'
answered "$first"
kill -TERM "$server"
expect 'signal 15: stopping'
expect '2 connections were served'
wait "$server" || fail "the server ended with $?"
server=
read -r -t 30 line <&"$peer" && fail "what was cut off was answered: $line"
exit 0
