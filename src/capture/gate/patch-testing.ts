// Where the hook joins package testing: a few lines of its source, by patterns that hold from Go 1.19 to 1.27. A pattern
// that is needed and does not fit exactly once means that this Go is not known: then nothing is changed at all.

import { hookImports, hookSource } from './testing-hook.ts';

interface Anchor {
  readonly file: string;
  readonly pattern: RegExp;
  readonly replacement: string;
  /** What is lost without it; undefined: without it there is no gate. */
  readonly without?: string;
}

const anchors: readonly Anchor[] = [
  {
    file: 'testing.go',
    pattern: /^import \($/gm,
    replacement: `$&\n${hookImports.map((line) => `\t${line}`).join('\n')}`,
  },
  {
    file: 'testing.go',
    pattern: /^func tRunner\(t \*T, fn func\(t \*T\)\) \{$/gm,
    replacement: '$&\n\tleaklineLabel(t.name)',
  },
  {
    file: 'testing.go',
    pattern: /^\tm\.before\(\)$/gm,
    replacement: '$&\n\tleaklineStart(m.deps.ImportPath(), *isFuzzWorker)\n\tdefer leaklineFinish()',
  },
  {
    file: 'testing.go',
    pattern: /^(\t\t\t)ok = ok && !t\.Failed\(\)$/gm,
    replacement: '$1ok = leaklineRound(ok, t.Failed())',
  },
  {
    file: 'testing.go',
    pattern: /^func runTests\(.*\{$/gm,
    replacement: '$&\n\tdefer leaklineNest()()',
  },
  {
    file: 'testing.go',
    pattern: /^(\t\tfor i := uint\(0\); i < )\*count(; i\+\+ \{)$/gm,
    replacement: '$1leaklineCount()$2',
  },
  {
    file: 'fuzz.go',
    pattern: /^(\t\tfor i := uint\(0\); i < )\*count(; i\+\+ \{)$/gm,
    replacement: '$1leaklineCount()$2',
    without: 'seeds of fuzz tests run once',
  },
  {
    file: 'benchmark.go',
    pattern: /^func runBenchmarks\(.*\{$/gm,
    replacement: '$&\n\tleaklineTestsDone()',
  },
  {
    file: 'benchmark.go',
    pattern: /^func \(b \*B\) runN\(n int\) \{$/gm,
    replacement: '$&\n\tleaklineLabel(b.name)',
    without: 'benchmarks are not told apart',
  },
  {
    file: 'fuzz.go',
    pattern: /^func fRunner\(f \*F, fn func\(\*F\)\) \{$/gm,
    replacement: '$&\n\tleaklineLabel(f.name)',
    without: 'fuzz tests are not told apart',
  },
  {
    file: 'fuzz.go',
    // The name of the state's type changed with Go 1.24.
    pattern: /^\t\t\tf\w+ := &fuzz\w+\{deps: deps, mode: seedCorpusOnly\}$/gm,
    replacement: '$&\n\t\t\tleaklineFuzzRound()',
    without: 'rounds of fuzz seeds are not told apart',
  },
  {
    file: 'example.go',
    pattern: /^(\t\tif !)runExample\(eg\) \{$/gm,
    replacement: '$1leaklineExample(eg) {',
    without: 'examples are not told apart',
  },
];

/** Files of package testing that are changed. */
export const patchedFiles: readonly string[] = [...new Set(anchors.map((anchor) => anchor.file))];

export type PatchResult =
  | { readonly kind: 'patched'; readonly files: ReadonlyMap<string, string>; readonly notes: readonly string[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** `sources` are files of package testing by name; those that a Go version does not have are left out. */
export function patchTesting(sources: ReadonlyMap<string, string>): PatchResult {
  const files = new Map<string, string>();
  const notes: string[] = [];
  for (const { file, pattern, replacement, without } of anchors) {
    const text = files.get(file) ?? sources.get(file) ?? '';
    const hits = [...text.matchAll(pattern)].length;
    if (hits === 1) files.set(file, text.replace(pattern, replacement));
    else if (without === undefined)
      return { kind: 'unknown', why: `${file} has ${hits} lines like ${pattern.source}, and one is expected` };
    else notes.push(without);
  }
  // In the same file: vet of older Go versions does not find files that only an overlay has.
  files.set('testing.go', `${files.get('testing.go')}\n${hookSource}`);
  return { kind: 'patched', files, notes };
}
