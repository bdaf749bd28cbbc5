#!/usr/bin/env bash
# What the live tests of native tracing want: bpftrace, a second C library, two other allocators. Debian and Ubuntu only;
# installs only what is missing and only as root. Never fails: without them those tests skip with the reason.
set -u
command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || exit 0
missing=()
have() { command -v "$1" >/dev/null || missing+=("$2"); }
have bpftrace bpftrace
have gcc gcc
have musl-gcc musl-tools
ls /usr/lib/*/libjemalloc.so.2 >/dev/null 2>&1 || missing+=(libjemalloc2)
ls /usr/lib/*/libtcmalloc_minimal.so.4 >/dev/null 2>&1 || missing+=(libtcmalloc-minimal4)
[ ${#missing[@]} = 0 ] && exit 0
echo "installing from Debian: ${missing[*]}" >&2
apt-get update -qq >&2 || true
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
  echo "some could not be installed: ${missing[*]}" >&2
exit 0
