// The texts of one package's Go files, as far as they are to be scanned: what was generated, belongs to another build or
// is no text is left out, and said.
// Source: go.dev/s/generatedcode; cmd/go `go help buildconstraint`.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type BuildTarget, excludedBy } from '../model/build-constraint.ts';
import type { ScanNote, SkipReason } from '../model/scan.ts';
import type { GoDirectory } from './find-go-packages.ts';

export interface ReadPackageOptions {
  readonly tests: boolean;
  readonly generated: boolean;
  readonly build: BuildTarget;
  /** Default 2 MiB; larger ones are tables. */
  readonly maxFileBytes?: number;
}

export interface ReadPackage {
  /** By full path. */
  readonly sources: ReadonlyMap<string, string>;
  readonly skipped: readonly { readonly reason: SkipReason; readonly count: number }[];
  readonly notes: readonly ScanNote[];
}

const defaultMaxFileBytes = 2 << 20;
const generatedLine = /^\/\/ Code generated .* DO NOT EDIT\.\r?$/m;

export async function readGoPackage(
  { directory, names, asked }: Pick<GoDirectory, 'directory' | 'names' | 'asked'>,
  options: ReadPackageOptions,
): Promise<ReadPackage> {
  const sources = new Map<string, string>();
  const skipped = new Map<SkipReason, number>();
  const notes: ScanNote[] = [];
  const skip = (reason: SkipReason): void => {
    skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
  };
  const maxFileBytes = options.maxFileBytes ?? defaultMaxFileBytes;
  for (const name of names) {
    // What was asked for by name is read, whatever it is.
    const wanted = asked?.includes(name) === true;
    const file = path.join(directory, name);
    if (name.endsWith('_test.go') && !options.tests && !wanted) {
      skip('test');
      continue;
    }
    const read = await readText(file, maxFileBytes);
    if (read.kind !== 'text') {
      skip(read.kind);
      notes.push({ file, line: 0, message: `${read.why} and was left out` });
      continue;
    }
    if (read.lossy) notes.push({ file, line: 0, message: 'is not UTF-8; bytes that are none were replaced' });
    if (!wanted && !options.generated && isGenerated(read.text)) skip('generated');
    else if (!wanted && excludedBy(name, read.text, options.build) !== undefined) skip('build-constraint');
    else sources.set(file, read.text);
  }
  return { sources, skipped: [...skipped].map(([reason, count]) => ({ reason, count })), notes };
}

/** The mark stands before the package clause. */
function isGenerated(text: string): boolean {
  const clause = /^package\s/m.exec(text);
  return generatedLine.test(clause === null ? text.slice(0, 4096) : text.slice(0, clause.index));
}

type Read =
  | { readonly kind: 'text'; readonly text: string; readonly lossy: boolean }
  | { readonly kind: 'too-large' | 'unreadable'; readonly why: string };

async function readText(file: string, maxBytes: number): Promise<Read> {
  try {
    const info = await stat(file);
    if (!info.isFile()) return { kind: 'unreadable', why: 'is no file' };
    if (info.size > maxBytes) return { kind: 'too-large', why: `has ${info.size} bytes, more than ${maxBytes},` };
    const bytes = await readFile(file);
    if (bytes.length > maxBytes) return { kind: 'too-large', why: `has more than ${maxBytes} bytes` };
    if (bytes.includes(0)) return { kind: 'unreadable', why: 'is no text' };
    const text = new TextDecoder('utf-8').decode(bytes);
    return { kind: 'text', text, lossy: text.includes('\ufffd') && !isUtf8(bytes) };
  } catch {
    return { kind: 'unreadable', why: 'cannot be read' };
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
