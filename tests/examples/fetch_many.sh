#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# fetch_many.sh <program>: against a server of our own: answers in their order, and for each URL that
# fails what happened to it.
set -u
program=$1
serves=$(dirname "$program")/http_service
echoes=$(dirname "$program")/echo_server
[ -x "$serves" ] && [ -x "$echoes" ] || {
  echo "there is no server to fetch from: build http_service and echo_server"
  exit 77
}
work=$(mktemp -d)
servers=()
trap 'for one in "${servers[@]}"; do kill -KILL "$one" 2>/dev/null; done; rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  cat "$work/out" "$work/errors" >&2
  exit 1
}

# start <server> <option>...: its port is $port.
start() {
  rm -f "$work/said"
  mkfifo "$work/said"
  "$@" --port 0 > "$work/said" 2> "$work/server_errors" &
  servers+=($!)
  exec {said}< "$work/said"
  read -r -t 30 line <&"$said" || fail "the server says nothing: $*"
  port=${line#*:}
  port=${port%% *}
}

# fetch <exit code> <option>...: the output is in $work/out.
fetch() {
  local want=$1
  shift
  timeout 60 "$program" "$@" > "$work/out" 2> "$work/errors"
  local code=$?
  [ $code -eq "$want" ] || fail "exit code $code, not $want, of: $*"
}
# says <pattern>: some line of the output matches it.
says() {
  grep -qE -- "$1" "$work/out" || fail "no line like: $1"
}

start "$serves" --workers 2
web=http://127.0.0.1:$port

# Many, from a list, a few at a time: all come, in the order of the list.
for i in $(seq 300); do echo "$web/primes?below=$((1000 + i))"; done > "$work/list"
printf '\n# a comment\n' >> "$work/list"
fetch 0 --parallel 20 --file "$work/list"
sed -n 's/^200 .* s  //p' "$work/out" > "$work/got"
grep -v -e '^$' -e '^#' "$work/list" | cmp -s - "$work/got" || fail "another order"
says '^300 fetched, 0 failed, 1200 bytes in '
fetch 0 --file - < "$work/list"
says '^300 fetched'

# Each failure says what happened; the others come all the same.
start "$echoes"
fetch 1 --attempts 2 --timeout 30 "$web/nothing" "http://127.0.0.1:$port/" "http://127.0.0.1:1/" \
  ftp://example.org/ "$web/crash" http://host.invalid./ "https://127.0.0.1:$port/" "$web/primes?below=10"
says "$web/nothing: the server answers 404$"
says "http://127.0.0.1:$port/: .*bad version.* \(gave up after 2 attempts\)"
says 'http://127.0.0.1:1/: .*[Cc]onnection refused.* \(gave up after 2 attempts\)'
says "ftp://example.org/: 'ftp://example.org/' begins neither with http:// nor with https://"
says "$web/crash: the server answers 502 \(gave up after 2 attempts\)"
says 'http://host.invalid./: .*host.invalid'
says "https://127.0.0.1:$port/: .*handshake: "
says "^200 +2 bytes .*primes\?below=10$"
says '^1 fetched, 7 failed'

# A server that takes connections and never answers.
kill -STOP "${servers[0]}"
fetch 1 --attempts 2 --timeout 0.2 "$web/" "$web/stats"
kill -CONT "${servers[0]}"
says "FAILED after .*$web/: .*not finished within 200 ms.* \(gave up after 2 attempts\)"
says '^0 fetched, 2 failed'

# Ctrl-C ends it.
kill -STOP "${servers[0]}"
set -m
"$program" --timeout 1000 "$web/" > "$work/out" 2> "$work/errors" &
child=$!
set +m
# It has begun when it holds a connection.
until ls -l "/proc/$child/fd" 2> /dev/null | grep -q socket; do sleep 0.02; done
kill -INT "$child"
wait "$child"
code=$?
kill -CONT "${servers[0]}"
[ $code -eq 130 ] || fail "exit code $code after Ctrl-C"

fetch 2
fetch 2 --parallel none "$web/"
fetch 2 --file "$work/absent"
exit 0
