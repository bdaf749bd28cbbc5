# Sourced by the other scripts: puts the newest Go that install-tools.sh found or fetched first.
if [ -x .cache/go/bin/go ]; then
  export PATH="$PWD/.cache/go/bin:$PATH"
elif ! command -v go >/dev/null; then
  export PATH="$PATH:/usr/local/go/bin:$(ls -d /usr/lib/go-*/bin 2>/dev/null | tail -n 1)"
fi
export GOFLAGS="${GOFLAGS:--buildvcs=false}"
