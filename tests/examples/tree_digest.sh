#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tree_digest.sh <program>: on an awkward tree the output is that of sha256sum, byte for byte, for
# every executor. TRIDEM_BIG=1 adds a file of 5 GiB.
set -u
program=$(realpath "$1")
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
export LC_ALL=C
chmod 755 "$work"

fail() {
  echo "FAILED: $*" >&2
  [ -e "$work/errors" ] && head -c 2000 "$work/errors" >&2
  exit 1
}

# wanted <directory>: what sha256sum says of the files below it.
wanted() {
  find "$1" -type f -print0 | sort -z | xargs -0 -r sha256sum
}

# same <directory> <option>...: tree_digest says the same, and ends well.
same() {
  "$program" --quiet "$@" > "$work/got" 2> "$work/errors" || fail "exit code $? of: $*"
  [ -s "$work/errors" ] && fail "a message in: $*"
  cmp "$work/want" "$work/got" || fail "another output in: $*"
}

tree=$work/tree
mkdir -p "$tree/a/deep/er" "$tree/many" "$tree/empty directory"
: > "$tree/empty"
echo text > "$tree/plain"
# In the order of whole paths, a-b comes before what is in a, and a.b behind a-b.
echo 1 > "$tree/a-b"
echo 2 > "$tree/a.b"
echo 3 > "$tree/a/file"
echo 4 > "$tree/a0"
echo 5 > "$tree/a/deep/er/file"
echo 6 > "$tree/ leading space"
echo 7 > "$tree/"$'new\nline'
echo 8 > "$tree/"$'carriage\rreturn'
echo 9 > "$tree/back\\slash"
echo 10 > "$tree/"$'invalid \xff\xfe UTF-8'
echo 11 > "$tree/"$'tab\tand bell\a'
echo 12 > "$tree/*?[glob]"
echo 13 > "$tree/-dash"
mkdir "$tree/"$'dir\nwith\\both'
echo 14 > "$tree/"$'dir\nwith\\both/file'
for i in $(seq 300); do echo "$i" > "$tree/many/$i"; done
# Around the size of a block, and several blocks.
for size in 1048575 1048576 1048577 2097152 5000000; do
  head -c "$size" /dev/urandom > "$tree/of $size bytes"
done
truncate -s 9000000 "$tree/sparse"
mkfifo "$tree/fifo"
ln -s plain "$tree/link"
ln -s nowhere "$tree/dangling link"
ln -s . "$tree/a/circular link"
[ "${TRIDEM_BIG:-0}" = 1 ] && truncate -s 5G "$tree/big"

wanted "$tree" > "$work/want"
for executor in processes threads loop; do
  same "$tree" --executor "$executor"
  (cd / && cd "$tree" && sha256sum --check --quiet "$work/got") || fail "--check, $executor"
done
same "$tree" --executor threads --workers 3 --in-flight 1
same "$tree" --workers 1 --in-flight 9

# Ways to name the directory.
cd "$tree" || exit 1
wanted . > "$work/want"
same
same .
cd "$work" || exit 1
wanted tree/ > "$work/want"
same tree/
wanted tree/a/file > "$work/want"
same tree/a/file
: > "$work/want"
same "tree/empty directory"
same tree/link
cd / || exit 1

# The summary, and nothing of the progress, goes to stderr.
"$program" "$tree" > "$work/got" 2> "$work/errors" || fail "exit code $? with a summary"
grep -q '^tree_digest: 3.. files, .* 0 unreadable$' "$work/errors" || fail "no summary"
[ "$(wc -l < "$work/errors")" = 2 ] || fail "the summary is not two lines"

# What cannot be read is named, and the rest is there.
"$program" --quiet "$work/nothing here" > "$work/got" 2> "$work/errors"
[ $? = 1 ] || fail "a missing directory should end with 1"
grep -qx "tree_digest: $work/nothing here: No such file or directory" "$work/errors" ||
  fail "a missing directory is not named"

mkdir "$tree/locked"
echo secret > "$tree/locked/file"
echo secret > "$tree/many/secret"
chmod 0 "$tree/locked" "$tree/many/secret"
as_nobody=
[ "$(id -u)" = 0 ] && as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
if $as_nobody "$program" --help > "$work/got" 2>&1; then
  find "$tree" -type f ! -path '*/locked/*' ! -name secret -print0 | sort -z |
    xargs -0 sha256sum > "$work/want"
  for executor in processes threads loop; do
    $as_nobody "$program" --quiet --executor "$executor" "$tree" > "$work/got" 2> "$work/errors"
    [ $? = 1 ] || fail "something unreadable should end with 1"
    cmp "$work/want" "$work/got" || fail "what can be read is not all there"
    sort "$work/errors" > "$work/sorted"
    printf 'tree_digest: %s: Permission denied\n' "$tree/locked" "$tree/many/secret" |
      cmp - "$work/sorted" || fail "what is unreadable is not named"
  done
else
  echo "left out: unreadable files (this user cannot run the program as another one)"
fi

"$program" --workers none > "$work/got" 2> "$work/errors"
[ $? = 2 ] || fail "a wrong command line should end with 2"
[ -s "$work/errors" ] || fail "a wrong command line is not explained"
echo "the output is that of sha256sum"
