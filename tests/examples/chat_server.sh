#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# chat_server.sh <program>: guests hear each other, a guest who vanishes is missed, and Ctrl-C says
# good-bye to those who are left.
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

# expect <descriptor> <pattern>: the next line; it waits for it.
expect() {
  read -r -t 30 line <&"$1" || fail "nothing is said, where '$2' should come"
  # shellcheck disable=SC2053
  [[ $line == $2 ]] || fail "said is '$line', and not '$2'"
}

mkfifo "$work/said"
# Job control gives the server the usual answer to SIGINT; in the background it would ignore it.
set -m
"$program" 0 > "$work/said" 2> "$work/errors" &
server=$!
set +m
exec {said}< "$work/said"
expect "$said" 'the room is open at 127.0.0.1:*'
port=${line##*:}

# enter <name>: a guest comes in, as $guest.
enter() {
  exec {guest}<> "/dev/tcp/127.0.0.1/$port"
  expect "$guest" 'who are you?'
  echo "$1" >&"$guest"
}

enter ann
ann=$guest
expect "$said" '\* ann comes'
enter ann
bob=$guest
expect "$bob" 'that name is taken*'
echo bob >&"$bob"
expect "$said" '\* bob comes'
expect "$ann" '\* bob comes'

echo "hello all" >&"$ann"
expect "$bob" 'ann: hello all'
printf 'hello ann\r\nhow are you?\n' >&"$bob"
expect "$ann" 'bob: hello ann'
expect "$ann" 'bob: how are you?'
for pattern in 'ann: hello all' 'bob: hello ann' 'bob: how are you?'; do
  expect "$said" "$pattern"
done

enter cat
cat=$guest
expect "$ann" '\* cat comes'
exec {cat}>&-
expect "$ann" '\* cat goes'
echo /quit >&"$bob"
expect "$ann" '\* bob goes'
for pattern in '\* cat comes' '\* cat goes' '\* bob goes'; do
  expect "$said" "$pattern"
done

kill -INT "$server"
expect "$said" 'closing; 1 guests are here'
expect "$ann" '\* the room closes, good-bye'
read -r -t 30 line <&"$ann" && fail "the connection is still open: $line"
expect "$said" '\* ann goes'
expect "$said" '3 guests in all'
wait "$server" || fail "the server ended with $?"
server=
[ -s "$work/errors" ] && fail "it said something on stderr"
exit 0
