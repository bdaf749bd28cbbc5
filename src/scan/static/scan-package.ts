// One package through all rules: texts in, plain hits and notes out. Its trees are freed before it returns. A rule that
// throws costs only its own hits of this package, a file that breaks the analysis only itself.
import type { TimerAnswer } from '../../model/go-version.ts';
import type { PackageScan, ScanHit, ScanNote } from '../../model/scan.ts';
import type { GoParser } from '../go-parser.ts';
import { createProgram } from '../program.ts';
import { siftIgnored } from './ignore-comments.ts';
import { hitsOfPackage, reasonOf } from './package-hits.ts';
import { noteErrors } from './parse-errors.ts';
import type { StaticRule } from './static-rule.ts';

export interface PackageInput {
  readonly directory: string;
  readonly importPath: string | undefined;
  readonly sources: ReadonlyMap<string, string>;
  readonly goVersion: string | undefined;
  readonly timersAreCollected: TimerAnswer;
  readonly tests: boolean;
}

export function scanPackage(
  input: PackageInput,
  rules: readonly StaticRule[],
  knownRules: ReadonlySet<string>,
  parser: GoParser,
): PackageScan {
  const notes: ScanNote[] = [];
  const sources = new Map(input.sources);
  for (;;) {
    try {
      return scanFiles(input, sources, rules, knownRules, parser, notes);
    } catch (error) {
      // Nothing but a file that the analysis cannot digest comes here: without it the rest of the package can be read.
      const culprit = sources.size === 1 ? [...sources.keys()][0] : indigestible(sources, parser);
      if (culprit === undefined) {
        notes.push({ file: input.directory, line: 0, message: `could not be scanned: ${reasonOf(error)}` });
        return { hits: [], ignored: [], notes, files: 0, lines: 0, bytes: 0 };
      }
      notes.push({ file: culprit, line: 0, message: `could not be read and was left out: ${reasonOf(error)}` });
      sources.delete(culprit);
    }
  }
}

function scanFiles(
  input: PackageInput,
  sources: ReadonlyMap<string, string>,
  rules: readonly StaticRule[],
  knownRules: ReadonlySet<string>,
  parser: GoParser,
  earlier: readonly ScanNote[],
): PackageScan {
  const notes = [...earlier];
  const program = createProgram(sources, noteErrors(parser, sources, notes), {
    tests: input.tests,
    packagePaths: new Map([[input.directory, input.importPath ?? '']]),
  });
  const hits: ScanHit[] = [];
  const ran = new Set(rules.map((rule) => rule.id));
  const found = new Map<string, ScanHit[]>();
  for (const pkg of program.packages()) {
    for (const hit of hitsOfPackage(program, pkg, input, rules, notes)) {
      const list = found.get(hit.file);
      if (list === undefined) found.set(hit.file, [hit]);
      else list.push(hit);
    }
  }
  const ignored: PackageScan['ignored'][number][] = [];
  let lines = 0;
  let bytes = 0;
  for (const path of program.paths) {
    const file = program.file(path);
    if (file === undefined) continue;
    lines += file.lines.length;
    bytes += file.root.source.length;
    const own = (found.get(path) ?? []).sort((a, b) => a.line - b.line || a.column - b.column);
    const sifted = siftIgnored(path, file.lines, own, ran, knownRules);
    hits.push(...sifted.hits);
    ignored.push(...sifted.ignored);
    notes.push(...sifted.notes);
  }
  return { hits, ignored, notes, files: program.paths.length, lines, bytes };
}

/** The first file that cannot be read even alone. */
function indigestible(sources: ReadonlyMap<string, string>, parser: GoParser): string | undefined {
  for (const [path, text] of sources) {
    try {
      const alone = createProgram(new Map([[path, text]]), parser, { tests: true });
      alone.packages();
    } catch {
      return path;
    }
  }
  return undefined;
}
