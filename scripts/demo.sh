#!/usr/bin/env bash
# `npm run demo`: builds a small Go service that really leaks, starts it, and diagnoses it live from outside. Without a Go
# toolchain, and without the right to install one, it replays a recorded session of the same service and says so.
# LEAKLINE_DEMO_FOR=20s sets how long it watches.
set -eu
cd "$(dirname "$0")/.."
bash scripts/install-tools.sh
. scripts/go-path.sh
node scripts/build.mjs
program=testdata/programs/hanging-goroutine/leaky
recording=testdata/recorded/go1.26.8/hanging-goroutine-leaky.leakline
seconds="${LEAKLINE_DEMO_FOR:-20s}"

report() { # exit code 1 means "a leak was found", which is what the demo is for
  code=0
  node dist/cli.js "$@" || code=$?
  if [ "$code" -gt 1 ]; then exit "$code"; fi
}

if command -v go >/dev/null; then
  scratch=$(mktemp -d)
  trap 'kill "${service:-}" 2>/dev/null || true; rm -rf "$scratch"' EXIT
  echo "building $program" >&2
  (cd "$program" && go build -o "$scratch/service" .)
  "$scratch/service" >"$scratch/out" &
  service=$!
  for _ in $(seq 50); do
    grep -q listening "$scratch/out" && break
    sleep 0.1
  done
  echo "it runs as pid $service; watching it for $seconds: leakline $service" >&2
  report "$service" --for "$seconds"
else
  echo "no Go toolchain here: this replays a session that was recorded from $program" >&2
  report "$recording"
fi
