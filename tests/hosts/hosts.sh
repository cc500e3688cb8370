#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# hosts.sh <case> <folder of the hosts>: strange ways to start, load and treat a program with a pool.
set -u
case=$1
folder=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  [ -f "$work/said" ] && cat "$work/said" >&2
  exit 1
}
cannot() {
  echo "cannot run here: $*"
  exit 77
}
# expects <text> <command>...: it says the text.
expects() {
  local text=$1
  shift
  timeout 50 "$@" > "$work/said" 2>&1 < /dev/null
  grep -qF -- "$text" "$work/said" || fail "'$*' does not say '$text'"
  cat "$work/said"
}
# Whether a process runs the program $1, or one whose name begins so.
runs() {
  ls -l /proc/[0-9]*/exe 2> /dev/null | grep -qF -- "-> $1"
}
# waiting <program>: starts it, and returns when it is ready; then `go` lets it.
waiting() {
  mkfifo "$work/in"
  "$1" --wait < "$work/in" > "$work/said" 2>&1 &
  host=$!
  exec 9> "$work/in"
  until grep -q ready "$work/said"; do kill -0 $host 2> /dev/null || fail "it ended"; done
}
go() {
  echo >&9
  exec 9>&-
  wait $host
  grep -qF -- "$1" "$work/said" || fail "it does not say '$1'"
  cat "$work/said"
}

case $case in
  loader)
    loader=$(ldd "$folder/host" | grep -o '/[^ ]*/ld-linux[^ ]*')
    [ -n "$loader" ] || cannot "no dynamic linker"
    cd "$folder" || exit 1
    expects done "$loader" ./host
    expects done "$loader" --argv0 another --library-path /no/such/place "$folder/host"
    ;;
  without_proc)
    unshare -m true 2> /dev/null || cannot "no mount namespaces"
    hide='mount -t tmpfs none /proc && cd "$0" && exec "$@"'
    expects done unshare -m sh -c "$hide" "$folder" ./host
    expects done unshare -m sh -c "$hide" / "$folder/host"
    cp "$folder/host" "$work/host"
    expects "worker_executable" unshare -m sh -c "$hide" "$work" ./host --remove
    expects done unshare -m sh -c "$hide" "$folder" ./host --grandchild
    ;;
  deleted)
    cp "$folder/host" "$work/host"
    waiting "$work/host"
    rm "$work/host"
    go done
    ;;
  replaced)
    cp "$folder/host" "$work/host"
    waiting "$work/host"
    cp /bin/true "$work/new"
    mv "$work/new" "$work/host"
    go done
    ;;
  library_replaced)
    mkdir "$work/plain"
    cp "$folder/host_shared_jobs" "$folder/libhost_jobs.so" "$work"
    cp "$folder/host_shared_jobs" "$folder/without_id/2/libhost_jobs.so" "$work/plain"
    for place in "$work replacement" "$work/plain without_id/3"; do
      set -- $place
      waiting "$1/host_shared_jobs"
      cp "$folder/$2/libhost_jobs.so" "$1/new"
      mv "$1/new" "$1/libhost_jobs.so"
      go "is another build than this process"
      rm "$work/in"
    done
    ;;
  loaded_late)
    expects "loaded after main had begun" "$folder/host_shared" --load "$folder/libhost_late.so"
    ;;
  plugin)
    command -v python3 > /dev/null || cannot "no python3"
    python=$(python3 -c 'import sys; print(sys.executable)')
    script=$(dirname "$0")/plugin_host.py
    # A library with all of tridem inside, in a program that knows nothing of it.
    expects "name a program that is linked so" "$python" "$script" "$folder/libhost_plugin.so" ""
    grep -q "fork server" "$work/said" && fail "it started something"
    expects done "$python" "$script" "$folder/libhost_plugin.so" "$folder/host_plugin_worker"
    # The same with tridem in shared libraries.
    expects done "$python" "$script" "$folder/libhost_jobs.so" "$folder/host_shared_worker"
    # A program that is none of ours, and one that knows other jobs.
    expects "ended before it was ready" "$python" "$script" "$folder/libhost_plugin.so" /bin/cat
    expects "is another build" "$python" "$script" "$folder/libhost_plugin.so" "$folder/host"
    ;;
  unwrapped)
    expects "is not wrapped" "$folder/host_unwrapped"
    # Its main runs where a fork server should; that must not start one in its turn, and so on.
    HOST_WORKER=$folder/host_unwrapped \
      expects "by the option worker_executable, but its main is not wrapped" "$folder/host_unwrapped"
    grep -q "ended before it was ready" "$work/said" || fail "who started it was not told"
    ! runs "$folder/host_unwrapped" || fail "processes are left"
    ;;
  set_user_id)
    [ "$(id -u)" = 0 ] || cannot "only root can make such a program"
    cp "$folder/host" "$work/host"
    chown nobody "$work/host" && chmod 4755 "$work/host" && chmod 755 "$work"
    grep -q "nosuid" <(findmnt -n -o OPTIONS -T "$work") && cannot "the file system has no set-user-ID"
    expects "runs with more privileges than its user" "$work/host"
    ;;
  grandchild)
    expects done "$folder/host" --grandchild
    expects done "$folder/host" --far-grandchild
    ;;
  valgrind)
    command -v valgrind > /dev/null || cannot "no valgrind"
    TRIDEM_DRIVER=asio expects done valgrind -q --error-exitcode=9 "$folder/host"
    ;;
  *)
    fail "no such case: $case"
    ;;
esac
