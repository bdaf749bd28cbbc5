// The binaries of a running process as files: opened through /proc, so that containers, deleted and replaced files work.
import { stat } from 'node:fs/promises';
import type { ByteSource } from '../../base/byte-source.ts';
import { decodeBuildInfo } from '../../decode/buildinfo/decode-build-info.ts';
import { type Elf, readElf } from '../../decode/elf/read-elf.ts';
import { type ElfSymbols, readElfSymbols } from '../../decode/native-trace/elf-symbols.ts';
import type { GoSymbols } from '../../decode/pclntab/go-frames.ts';
import { readGoSymbols } from '../../decode/pclntab/locate-pclntab.ts';
import { openFileSource } from '../file-source.ts';
import type { Mapping } from './process-maps.ts';
import { type ShortLink, shortLink } from './short-link.ts';

export interface Binary {
  /** Of this process's /proc: opens the very file that is mapped. */
  readonly openPath: string;
  /** As the target sees it. */
  readonly path: string;
  readonly inode: string;
  readonly elf: Elf;
  readonly symbols: ElfSymbols;
  readonly source: ByteSource;
}

export interface Binaries {
  readonly exe: Binary;
  /** Go's function table of the executable, or why there is none. */
  readonly go: GoSymbols | undefined;
  readonly goVersion: string | undefined;
  /** Of the main module. */
  readonly modulePath: string | undefined;
  readonly gaps: readonly string[];
  /** A mapped library; undefined when it is no ELF file or cannot be read. Read once. */
  library(mapping: Mapping): Promise<Binary | undefined>;
  close(): Promise<void>;
}

/** Throws what the system or a decoder throws when the executable itself cannot be read. */
export async function openBinaries(pid: number, mappings: readonly Mapping[]): Promise<Binaries> {
  const closers: (() => Promise<void>)[] = [];
  const gaps: string[] = [];
  const read = async (openPath: string, path: string, inode: string): Promise<Binary> => {
    const source = await openFileSource(openPath);
    closers.push(() => source.close());
    const elf = await readElf(source);
    return { openPath, path, inode, elf, source, symbols: await readElfSymbols(source, elf) };
  };
  const exePath = `/proc/${pid}/exe`;
  const close = async (): Promise<void> => {
    await Promise.all(closers.map((one) => one()));
  };
  try {
    const first = mappings.find((mapping) => mapping.path.startsWith('/'));
    const exe = await read(exePath, first?.path ?? exePath, first?.inode ?? '');
    const build = await decodeBuildInfo(exe.source).catch(() => undefined);
    const goVersion = build?.goVersion;
    const minor = /^go1\.(\d+)/.exec(goVersion ?? '')?.[1];
    const go = await readGoSymbols(exe.source, exe.elf, minor === undefined ? undefined : Number(minor)).catch(
      (error: unknown) => {
        if (goVersion !== undefined)
          gaps.push(`no Go function names: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      },
    );
    const libraries = new Map<string, Promise<Binary | undefined>>([[exe.inode, Promise.resolve(exe)]]);
    return {
      exe,
      go,
      goVersion,
      modulePath: build?.modulePath,
      gaps,
      library(mapping) {
        const known = libraries.get(mapping.inode);
        if (known !== undefined) return known;
        const hex = (address: number): string => address.toString(16).padStart(8, '0');
        const mapped = `/proc/${pid}/map_files/${hex(mapping.start)}-${hex(mapping.end)}`;
        const opened = read(mapped, mapping.path, mapping.inode).catch(async () => {
          const link = await linkByName(pid, mapping);
          if (link === undefined) return undefined;
          closers.push(link.remove);
          return read(link.path, mapping.path, mapping.inode).catch(() => undefined);
        });
        libraries.set(mapping.inode, opened);
        return opened;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** map_files wants CAP_SYS_ADMIN; the file of that name is as good when it still is the one that is mapped. */
async function linkByName(pid: number, { path, inode }: Mapping): Promise<ShortLink | undefined> {
  const openPath = `/proc/${pid}/root${path}`;
  const file = await stat(openPath).catch(() => undefined);
  return file === undefined || String(file.ino) !== inode.split(' ')[1] ? undefined : shortLink(openPath);
}
