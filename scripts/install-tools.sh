#!/usr/bin/env bash
# What the demo and the tests want and a machine with only Node lacks: Node packages, and a Go that builds the programs here.
# `--tests` adds what only tests need: C compilers, tracing tools, other allocators. Installs only what is missing and only
# when it may (root or passwordless sudo); says what it could not do and never fails because of it: without Go the demo
# replays a recording, and tests that lack a tool skip with the reason.
set -u
cd "$(dirname "$0")/.." || exit 1

if [ ! -x node_modules/.bin/esbuild ]; then
  echo "installing Node packages" >&2
  npm install --no-package-lock --no-audit --no-fund --loglevel=error >&2 || exit 1
fi

as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi
may_install() { command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }
updated=""
install_packages() {
  if ! may_install; then
    echo "not installed, because that needs root: apt-get install $*" >&2
    return 1
  fi
  echo "installing from Debian: $*" >&2
  [ -n "$updated" ] || { $as_root apt-get update -qq >&2 || true; }
  updated=yes
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Debian's Go may be older than the programs here need (1.23). An old one fetches a newer one as a module, as go does by
# itself from 1.21 on; it is kept in .cache/go.
go_minor() { "$1" version 2>/dev/null | sed -n 's/.* go1\.\([0-9]*\).*/\1/p'; }
newest_go() {
  local best="" best_minor=0 candidate minor
  for candidate in .cache/go/bin/go "$(command -v go)" /usr/local/go/bin/go /usr/lib/go-*/bin/go; do
    [ -x "$candidate" ] || continue
    minor=$(go_minor "$candidate")
    if [ "${minor:-0}" -gt "$best_minor" ]; then best=$candidate best_minor=$minor; fi
  done
  echo "$best"
}
if [ -z "$(newest_go)" ]; then
  install_packages golang-go ca-certificates || echo "no Go toolchain; see https://go.dev/dl" >&2
fi
old_go=$(newest_go)
if [ -n "$old_go" ] && [ "$(go_minor "$old_go")" -lt 23 ]; then
  wanted=golang.org/toolchain@v0.0.1-go1.26.8.linux-$(dpkg --print-architecture 2>/dev/null || echo amd64)
  echo "fetching Go 1.26.8, because $("$old_go" version | cut -d' ' -f3) is too old" >&2
  folder=$(GOFLAGS=-modcacherw "$old_go" mod download -json "$wanted" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  if [ -n "$folder" ]; then
    mkdir -p .cache && rm -rf .cache/go && cp -r "$folder" .cache/go
    chmod -R u+w .cache/go && chmod +x .cache/go/bin/* .cache/go/pkg/tool/*/*
  else
    echo "a newer Go could not be fetched; see https://go.dev/dl" >&2
  fi
fi

if [ "${1:-}" = --tests ]; then
  missing=""
  need() { command -v "$1" >/dev/null || missing="$missing $2"; }
  need gcc gcc
  need g++ g++
  need gdb gdb
  need gcore gdb
  need bpftrace bpftrace
  need musl-gcc musl-tools
  need unzip unzip
  need chromium chromium
  find /usr/lib -name 'libc.a' 2>/dev/null | grep -q . || missing="$missing libc6-dev"
  find /usr/lib -name 'libjemalloc.so.2' 2>/dev/null | grep -q . || missing="$missing libjemalloc2"
  find /usr/lib -name 'libtcmalloc_minimal.so.4' 2>/dev/null | grep -q . || missing="$missing libtcmalloc-minimal4"
  if [ -n "$missing" ]; then
    # One by one: a package that this Debian does not have must not keep the others out.
    for package in $(printf '%s\n' $missing | sort -u); do
      install_packages "$package" || echo "without $package, some tests are skipped" >&2
    done
  fi
fi
exit 0
