#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tree_digest_trouble.sh <program>: killed workers change nothing; Ctrl-C, a killed parent and an
# output that takes no more end it all, and leave no process.
set -u
program=$(realpath "$1")
work=$(mktemp -d)
child=
trap '[ -n "$child" ] && kill -KILL "$child" 2>/dev/null; rm -rf "$work"' EXIT
export LC_ALL=C

fail() {
  echo "FAILED: $*" >&2
  [ -e "$work/errors" ] && head -c 2000 "$work/errors" >&2
  exit 1
}

# children <pid>: one level down.
children() {
  cat /proc/"$1"/task/*/children 2> /dev/null
}
# descendants <pid>: all levels.
descendants() {
  local one
  for one in $(children "$1"); do
    echo "$one"
    descendants "$one"
  done
}
lives() {
  local state
  # A zombie has ended: whoever inherited it has not looked yet.
  state=$(sed 's/.*) //' "/proc/$1/stat" 2> /dev/null) || return 1
  [ -n "$state" ] && [ "${state%% *}" != Z ]
}
# until_gone <pid>...: they end by themselves.
until_gone() {
  local one end=$((SECONDS + 30))
  for one in "$@"; do
    while lives "$one"; do
      [ $SECONDS -lt $end ] || fail "process $one is left"
      sleep 0.02
    done
  done
}

# The output of this tree is longer than a pipe holds, so a reader decides how far the program gets.
mkdir -p "$work/tree/large" "$work/tree/small"
for i in $(seq 1500); do
  echo "$i" > "$work/tree/small/a name that is long enough to fill the output quickly $i"
done
for i in $(seq 24); do head -c 4000000 /dev/zero > "$work/tree/large/$i"; done
find "$work/tree" -type f -print0 | sort -z | xargs -0 sha256sum > "$work/want"

# start <option>...: runs in the background, its output in the pipe $output, and has begun.
start() {
  rm -f "$work/pipe"
  mkfifo "$work/pipe"
  # Job control gives it the usual answer to SIGINT; in the background it would ignore it.
  set -m
  "$program" --quiet "$@" "$work/tree" > "$work/pipe" 2> "$work/errors" &
  child=$!
  set +m
  exec {output}< "$work/pipe"
  IFS= read -r -t 60 first <&"$output" || fail "nothing comes from: $*"
  [ "$first" = "$(head -n 1 "$work/want")" ] || fail "another first line"
}
finish() {
  exec {output}<&-
  child=
}

# Workers die all the time, and once the fork server.
kills=0
for round in 1 2 3 4 5 6 7 8 9 10; do
  start
  { printf '%s\n' "$first" && cat <&"$output"; } > "$work/got" &
  reader=$!
  while lives "$child"; do
    server=$(children "$child" | cut -d ' ' -f 1)
    [ -n "$server" ] || continue
    # shellcheck disable=SC2046
    set -- $(children "$server")
    if [ $# -gt 0 ]; then
      shift $((RANDOM % $#))
      kill -KILL "$1" 2> /dev/null && kills=$((kills + 1))
    fi
    [ "$round" = 2 ] && [ $kills -gt 0 ] && kill -KILL "$server" 2> /dev/null && round=done
    sleep 0.02
  done
  wait "$child" || fail "exit code $? with killed workers"
  wait "$reader"
  finish
  cmp "$work/want" "$work/got" || fail "killed workers changed the output"
  [ $kills -ge 5 ] && [ "$round" != 1 ] && break
done
[ $kills -gt 0 ] || fail "no worker was there to be killed"
echo "$kills killed workers changed nothing"

# Ctrl-C in the middle.
for executor in processes threads loop; do
  start --executor "$executor"
  left=$(descendants "$child")
  [ "$executor" != processes ] || [ -n "$left" ] || fail "there are no workers"
  kill -INT "$child"
  wait "$child"
  code=$?
  [ $code = 130 ] || fail "exit code $code after Ctrl-C, $executor"
  # shellcheck disable=SC2086
  until_gone $left
  finish
done
echo "Ctrl-C ends it in order"

# The parent is killed in the middle.
for round in 1 2 3; do
  start
  left=$(descendants "$child")
  kill -KILL "$child"
  wait "$child" 2> /dev/null
  # shellcheck disable=SC2086
  until_gone $left
  finish
done
echo "a killed parent leaves nobody"

# Outputs that take no more.
for executor in processes loop; do
  "$program" --quiet --executor $executor "$work/tree" > /dev/full 2> "$work/errors"
  [ $? = 1 ] || fail "a full disk should end with 1"
  grep -qx 'tree_digest: standard output: No space left on device' "$work/errors" ||
    fail "a full disk is not named"
  "$program" --quiet --executor $executor "$work/tree" >&- 2> "$work/errors"
  [ $? = 1 ] || fail "a closed output should end with 1"
  grep -qx 'tree_digest: standard output: Bad file descriptor' "$work/errors" ||
    fail "a closed output is not named"
  start --executor $executor
  left=$(descendants "$child")
  exec {output}<&-
  wait "$child"
  code=$?
  [ $code = 141 ] || fail "exit code $code where nobody reads"
  [ -s "$work/errors" ] && fail "a message where nobody reads"
  # shellcheck disable=SC2086
  until_gone $left
  child=
done
echo "outputs that take no more end it"
