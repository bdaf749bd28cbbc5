// One package through all rules: texts in, plain hits and notes out. Its trees are freed before it returns. A rule that
// throws costs only its own hits of this package, a file that breaks the analysis only itself.
import type { TimerAnswer } from '../../model/go-version.ts';
import type { PackageScan, RelatedPlace, ScanHit, ScanNote, ScanPlace } from '../../model/scan.ts';
import type { GoFile } from '../go-file.ts';
import type { GoParser } from '../go-parser.ts';
import { createProgram, type GoPackage, type Program } from '../program.ts';
import type { Syntax } from '../syntax.ts';
import { siftIgnored } from './ignore-comments.ts';
import { packageFactsOf } from './package-facts.ts';
import { noteErrors } from './parse-errors.ts';
import type { StaticHit, StaticRule } from './static-rule.ts';

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
    for (const hit of hitsOf(program, pkg, input, rules, notes)) {
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

function hitsOf(
  program: Program,
  pkg: GoPackage,
  input: PackageInput,
  rules: readonly StaticRule[],
  notes: ScanNote[],
): readonly ScanHit[] {
  const facts = packageFactsOf(program, pkg, input);
  const seen = new Set<string>();
  return rules.flatMap((rule) => {
    try {
      return rule.find(facts).flatMap((hit) => {
        const plain = plainHit(program, rule.id, hit, input);
        const key = `${rule.id} ${plain.file}:${plain.line}:${plain.column}`;
        return seen.has(key) || seen.add(key) === undefined ? [] : [plain];
      });
    } catch (error) {
      notes.push({
        file: pkg.directory,
        line: 0,
        message: `rule ${rule.id} failed here, which is a bug of leakline: ${reasonOf(error)}`,
      });
      return [];
    }
  });
}

function plainHit(
  program: Program,
  rule: string,
  { at, message, related }: StaticHit,
  { importPath, directory }: PackageInput,
): ScanHit {
  const file = program.fileOf(at);
  return {
    rule,
    ...placeOf(file, at),
    packagePath: importPath ?? directory,
    functionName: program.siteOf(at).functionName,
    message,
    text: (file.lines[at.line - 1] ?? '').trim().slice(0, 300),
    related: (related ?? []).map(
      ({ at: node, message: why }): RelatedPlace => ({ ...placeOf(program.fileOf(node), node), message: why }),
    ),
  };
}

/** Of something that goes over several lines only the first is pointed at. */
function placeOf(file: GoFile, node: Syntax): ScanPlace {
  const lineStart = node.source.lastIndexOf('\n', node.start - 1) + 1;
  const column = node.start - lineStart + 1;
  const lineEnd = (file.lines[node.line - 1] ?? '').replace(/\r$/, '').length + 1;
  const isOneLine = node.endLine === node.line;
  return {
    file: file.path,
    line: node.line,
    column,
    endLine: node.line,
    endColumn: isOneLine ? node.end - lineStart + 1 : Math.max(column + 1, lineEnd),
  };
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

const reasonOf = (error: unknown): string =>
  error instanceof RangeError
    ? 'its expressions are nested too deeply'
    : error instanceof Error
      ? error.message
      : String(error);
