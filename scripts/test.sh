#!/usr/bin/env bash
# `npm test`: lint, types, unused code, documents, unit tests, recordings of the zoo, live tests on real Go processes.
# Sets up what is missing first. The last line is "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/.."
bash scripts/install-tools.sh --tests
. scripts/go-path.sh
node scripts/build.mjs
npx --no-install biome check .
npx --no-install tsc --noEmit
npx --no-install tsc --noEmit -p src/ui
npx --no-install vitest run "$@"
