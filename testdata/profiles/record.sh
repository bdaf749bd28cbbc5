#!/usr/bin/env bash
# Records testdata/profiles/<go version>/: the profiles of ./program, and beside each what `go tool pprof -top` says of
# it (all functions, in whole bytes or counts). Recordings are only ever made by this script.
#   testdata/profiles/record.sh [go version …]       needs go; other toolchains are downloaded by it
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
versions=("$@")
[ ${#versions[@]} -gt 0 ] || versions=(go1.21.13 go1.23.4 go1.26.8 go1.27.3)
export GOFLAGS=-buildvcs=false
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

top() { # profile, sample type, unit, [more flags]
  local profile=$1 type=$2 unit=$3
  shift 3
  go tool pprof -top -nodecount=0 -nodefraction=0 -edgefraction=0 -symbolize=none \
    -sample_index="$type" -unit="$unit" "$@" "$profile" 2>/dev/null
}

for version in "${versions[@]}"; do
  out="$here/$version"
  mkdir -p "$out"
  (cd "$here/program" && GOTOOLCHAIN="$version" go build -trimpath -o "$work/profiled" .)
  "$work/profiled" "$out"
  for profile in "$out"/*.pb.gz; do
    name=${profile%.pb.gz}
    case $(basename "$name") in
      heap-* | allocs)
        for type in inuse_space alloc_space; do top "$profile" $type bytes >"$name.$type.top.txt"; done
        for type in inuse_objects alloc_objects; do top "$profile" $type count >"$name.$type.top.txt"; done
        ;;
      *) top "$profile" "$(basename "$name")" count >"$name.top.txt" ;;
    esac
  done
  for type in inuse_space alloc_space; do
    top "$out/heap-current.pb.gz" $type bytes -diff_base "$out/heap-base.pb.gz" >"$out/diff.$type.top.txt"
  done
  for type in inuse_objects alloc_objects; do
    top "$out/heap-current.pb.gz" $type count -diff_base "$out/heap-base.pb.gz" >"$out/diff.$type.top.txt"
  done
done
