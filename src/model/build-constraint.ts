// Which Go files belong to a build: `//go:build` lines and names like `mmap_linux_arm64.go`.
// Source: cmd/go `go help buildconstraint`, go/build/constraint, internal/syslist of Go 1.26.

export interface BuildTarget {
  readonly goos: string;
  readonly goarch: string;
  /** `-tags`. */
  readonly tags: readonly string[];
  /** Off where the C compiler is of no interest; scans read cgo files, so it is on for them. */
  readonly cgo: boolean;
}

const systems = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos'.split(
    ' ',
  ),
);
const architectures = new Set(
  '386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm'.split(
    ' ',
  ),
);
const unixes = new Set('aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris'.split(' '));

/** Undefined when the file is built; otherwise the constraint that leaves it out. */
export function excludedBy(fileName: string, text: string, target: BuildTarget): string | undefined {
  const byName = excludedByName(fileName, target);
  if (byName !== undefined) return byName;
  const expression = constraintOf(text);
  if (expression === undefined) return undefined;
  return holds(expression, (tag) => isSet(tag, target)) ? undefined : `//go:build ${expression}`;
}

function excludedByName(fileName: string, target: BuildTarget): string | undefined {
  const parts = fileName
    .replace(/\.go$/, '')
    .replace(/_test$/, '')
    .split('_')
    .slice(1);
  const last = parts.at(-1);
  const before = parts.at(-2);
  if (last === undefined) return undefined;
  if (architectures.has(last)) {
    if (last !== target.goarch) return `_${last}.go`;
    return before !== undefined && systems.has(before) && !isSystem(before, target.goos)
      ? `_${before}_${last}.go`
      : undefined;
  }
  return systems.has(last) && !isSystem(last, target.goos) ? `_${last}.go` : undefined;
}

/** Android is also linux, illumos also solaris, ios also darwin. */
function isSystem(name: string, goos: string): boolean {
  if (name === goos) return true;
  const also: Readonly<Record<string, string>> = { android: 'linux', illumos: 'solaris', ios: 'darwin' };
  return also[goos] === name;
}

function isSet(tag: string, target: BuildTarget): boolean {
  if (target.tags.includes(tag)) return true;
  if (tag === 'cgo') return target.cgo;
  if (tag === 'gc') return true;
  if (tag === 'unix') return unixes.has(target.goos);
  // Every release up to the newest: what is scanned is what a new toolchain would build.
  if (/^go1\.\d+$/.test(tag)) return true;
  return tag === target.goarch || isSystem(tag, target.goos);
}

/** The `//go:build` line, which stands before the package clause. */
function constraintOf(text: string): string | undefined {
  const match = /^\/\/go:build[ \t]+(.+?)[ \t]*\r?$/m.exec(text);
  if (match === null) return undefined;
  const clause = /^package\s/m.exec(text);
  return clause !== null && clause.index < match.index ? undefined : match[1];
}

/** Evaluates `linux && (amd64 || !cgo)`. What is no expression holds: rather read a file too many. */
function holds(expression: string, isTagSet: (tag: string) => boolean): boolean {
  const tokens = expression.match(/&&|\|\||[!()]|[\w.]+/g) ?? [];
  let at = 0;
  const either = (): boolean => {
    let value = all();
    while (tokens[at] === '||') {
      at++;
      value = all() || value;
    }
    return value;
  };
  const all = (): boolean => {
    let value = one();
    while (tokens[at] === '&&') {
      at++;
      value = one() && value;
    }
    return value;
  };
  const one = (): boolean => {
    let negated = false;
    while (tokens[at] === '!') {
      negated = !negated;
      at++;
    }
    const token = tokens[at++];
    if (token === undefined) return true;
    if (token !== '(') return isTagSet(token) !== negated;
    const value = either();
    if (tokens[at] === ')') at++;
    return value !== negated;
  };
  // Parentheses nest by the length of a line at most, but a hostile line is long.
  if (tokens.length > 500) return true;
  return either();
}
