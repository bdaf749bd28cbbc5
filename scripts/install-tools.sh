#!/usr/bin/env bash
# What the demo and the tests want and a machine with only Node lacks: Node packages, and Go from Debian.
# Installs only what is missing and only when it may (root or passwordless sudo); says what it could not do.
# Never fails because of Go: without it the demo replays a recording and the tests skip with the reason.
set -u
cd "$(dirname "$0")/.." || exit 1

if [ ! -x node_modules/.bin/esbuild ]; then
  echo "installing Node packages" >&2
  npm install --no-package-lock --no-audit --no-fund --loglevel=error >&2 || exit 1
fi

go_bin() { command -v go || ls /usr/local/go/bin/go /usr/lib/go-*/bin/go 2>/dev/null | tail -n 1; }
# Debian's default Go may be older than the demo and the zoo need; its backports or versioned packages are tried in turn.
if [ -z "$(go_bin)" ] && command -v apt-get >/dev/null; then
  as_root=""
  if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi
  if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then
    echo "installing Go from Debian (once, about a minute)" >&2
    $as_root apt-get update -qq >&2 || true
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends golang-go ca-certificates >&2 ||
      echo "Go could not be installed; see https://go.dev/dl" >&2
  else
    echo "no Go toolchain, and no right to install one (needs root): apt-get install golang-go" >&2
  fi
fi
exit 0
