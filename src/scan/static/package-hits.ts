// The hits of all rules in one package, as plain values. A rule that throws costs only its own hits, and a note.
import type { RelatedPlace, ScanHit, ScanNote, ScanPlace } from '../../model/scan.ts';
import type { GoFile } from '../go-file.ts';
import type { GoPackage, Program } from '../program.ts';
import type { Syntax } from '../syntax.ts';
import { type PackageVersion, packageFactsOf } from './package-facts.ts';
import type { StaticHit, StaticRule } from './static-rule.ts';

export interface PackageName {
  readonly importPath: string | undefined;
  readonly directory: string;
}

export function hitsOfPackage(
  program: Program,
  pkg: GoPackage,
  input: PackageVersion & PackageName,
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
  { importPath, directory }: PackageName,
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
  const endColumn = isOneLine ? node.end - lineStart + 1 : Math.max(column + 1, lineEnd);
  const bytesBefore = (end: number): number => Buffer.byteLength(node.source.slice(lineStart, lineStart + end - 1));
  return {
    file: file.path,
    line: node.line,
    column,
    endLine: node.line,
    endColumn,
    byteColumn: bytesBefore(column) + 1,
    endByteColumn: bytesBefore(endColumn) + 1,
  };
}

export const reasonOf = (error: unknown): string =>
  error instanceof RangeError
    ? 'its expressions are nested too deeply'
    : error instanceof Error
      ? error.message
      : String(error);
