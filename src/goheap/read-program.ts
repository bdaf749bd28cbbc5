// The executable of a Go process: what its file says, whoever runs it.
import type { ByteSource } from '../base/byte-source.ts';
import { KnownError } from '../base/errors.ts';
import { decodeBuildInfo } from '../decode/buildinfo/decode-build-info.ts';
import { type DebugInfo, readDebugInfo } from '../decode/dwarf/debug-info.ts';
import { type DataSymbols, readDataSymbols } from '../decode/elf/data-symbols.ts';
import { type Elf, readElf } from '../decode/elf/read-elf.ts';
import type { GoSymbols } from '../decode/pclntab/go-frames.ts';
import { readGoSymbols } from '../decode/pclntab/locate-pclntab.ts';
import { parseGoVersion } from '../model/go-version.ts';
import { factsOfDebugInfo } from './debug-facts.ts';
import { layoutForVersion } from './layout-for-version.ts';
import { makeLayout } from './make-layout.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export interface GoProgram {
  readonly elf: Elf;
  readonly source: ByteSource;
  readonly goVersion: string;
  readonly layout: RuntimeLayout;
  /** Functions, files and lines; addresses are those of the file. */
  readonly code: GoSymbols;
  readonly symbols: DataSymbols;
  /** Undefined when the program was stripped of it, or it is damaged. */
  readonly debug: DebugInfo | undefined;
  readonly gaps: readonly string[];
}

/** Throws DecodeError or KnownError when it is not a Go program, or one of a version that is not known. */
export async function readGoProgram(source: ByteSource): Promise<GoProgram> {
  const elf = await readElf(source);
  if (elf.machine !== 'amd64') {
    throw new KnownError('E-HEAP-MACHINE', `heaps of ${elf.machine} programs cannot be read yet`, {
      advice: 'Only linux/amd64 is supported. Use the pprof endpoint of the program instead.',
    });
  }
  const { goVersion } = await decodeBuildInfo(source);
  if (goVersion === undefined || parseGoVersion(goVersion) === undefined) {
    throw new KnownError('E-HEAP-VERSION', 'the program does not say which version of Go built it', {
      advice: 'Its build information was removed, as garble does. Build it without, or use its pprof endpoint.',
    });
  }
  const gaps: string[] = [];
  const debug = await readDebugInfo(source, elf).catch((error: unknown) => {
    gaps.push(`its debug information cannot be read (${error instanceof Error ? error.message : String(error)})`);
    return undefined;
  });
  gaps.push(...(debug?.warnings ?? []));
  const layout = layoutForVersion(goVersion) ?? layoutOfDebugInfo(debug, goVersion);
  if (layout === undefined) {
    throw new KnownError('E-HEAP-VERSION', `the heap of ${goVersion} is not known to this version of leakline`, {
      advice: 'Go 1.19 to 1.27 are known. Build with debug information (without -ldflags=-w), or update leakline.',
    });
  }
  const code = await readGoSymbols(source, elf, parseGoVersion(goVersion)?.minor);
  const symbols = await readDataSymbols(source, elf);
  return { elf, source, goVersion, layout, code, symbols, debug, gaps };
}

/** Of a version that no table has: what the target itself says. */
function layoutOfDebugInfo(debug: DebugInfo | undefined, goVersion: string): RuntimeLayout | undefined {
  const version = parseGoVersion(goVersion);
  if (debug === undefined || version === undefined) return undefined;
  return makeLayout(factsOfDebugInfo(debug), {
    version: `go${version.major}.${version.minor}`,
    madeFrom: 'the target',
    waitReasons: [],
  });
}
