# SPDX-License-Identifier: MIT
# What scripts/demo, scripts/test and .ci/run share: the packages, and how to say what happens.
# Sourced, never run.

build_packages=(g++ cmake ninja-build pkg-config liburing-dev libboost-dev libssl-dev libcli11-dev)
test_packages=("${build_packages[@]}" doctest-dev ccache libbenchmark-dev)
clang_packages=(clang-19 libclang-rt-19-dev clang-format-19)

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf '\n== FAILED: %s\n' "$*" >&2
  exit 1
}

# The package by which this release of Debian offers Boost 1.81 or newer.
boost_package() {
  if [ "$(. /etc/os-release && echo "$ID$VERSION_ID")" = debian12 ]; then
    echo libboost1.81-dev
  else
    echo libboost-dev
  fi
}

installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null | grep -qx installed; }

# need_packages <name>... installs those that are missing, or says how and stops.
need_packages() {
  local name missing=()
  command -v apt-get > /dev/null || {
    echo "This is not a Debian: make sure that these are installed: $*" >&2
    return 0
  }
  for name in "$@"; do
    [ "$name" = libboost-dev ] && name=$(boost_package)
    installed "$name" || missing+=("$name")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "All needed packages are installed."
    return 0
  fi
  if [ "$(id -u)" -ne 0 ]; then
    echo "Packages are missing, and only root can install them. Run this once, then start again:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  say "Installing what is missing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  local apt=(apt-get -q -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update > /dev/null || fail "apt-get update does not work: is there a network?"
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" > /dev/null ||
    fail "apt-get could not install: ${missing[*]}"
}

# build_preset <preset> [cmake option]... configures and builds build/<preset>, showing errors only.
build_preset() {
  local preset=$1
  shift
  say "Configuring build/$preset"
  cmake --preset "$preset" "$@" > "/tmp/tridem-configure.$$" 2>&1 || {
    cat "/tmp/tridem-configure.$$"
    rm -f "/tmp/tridem-configure.$$"
    fail "cmake could not configure preset $preset; its output stands above"
  }
  rm -f "/tmp/tridem-configure.$$"
  say "Building build/$preset"
  cmake --build --preset "$preset" -- --quiet || fail "preset $preset does not build"
}
