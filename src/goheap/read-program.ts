// The executable of a Go process: what its file says, whoever runs it.
import type { ByteSource } from '../base/byte-source.ts';
import { KnownError } from '../base/errors.ts';
import { decodeBuildInfo } from '../decode/buildinfo/decode-build-info.ts';
import { type DataSymbols, readDataSymbols } from '../decode/elf/data-symbols.ts';
import { type Elf, readElf } from '../decode/elf/read-elf.ts';
import type { GoSymbols } from '../decode/pclntab/go-frames.ts';
import { readGoSymbols } from '../decode/pclntab/locate-pclntab.ts';
import { parseGoVersion } from '../model/go-version.ts';
import { layoutForVersion } from './layout-for-version.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export interface GoProgram {
  readonly elf: Elf;
  readonly source: ByteSource;
  readonly goVersion: string;
  readonly layout: RuntimeLayout;
  /** Functions, files and lines; addresses are those of the file. */
  readonly code: GoSymbols;
  readonly symbols: DataSymbols;
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
  if (goVersion === undefined) {
    throw new KnownError('E-HEAP-VERSION', 'the program does not say which version of Go built it', {
      advice: 'Its build information was removed, as garble does. Build it without, or use its pprof endpoint.',
    });
  }
  const layout = layoutForVersion(goVersion);
  if (layout === undefined) {
    throw new KnownError('E-HEAP-VERSION', `the heap of ${goVersion} is not known to this version of leakline`, {
      advice: 'Go 1.19 to 1.27 are known. Build with debug information (without -ldflags=-w), or update leakline.',
    });
  }
  const [code, symbols] = [
    await readGoSymbols(source, elf, parseGoVersion(goVersion)?.minor),
    await readDataSymbols(source, elf),
  ];
  return { elf, source, goVersion, layout, code, symbols };
}
