// Core files of Linux, from the kernel or from gcore: memory, threads with their registers, which file was mapped where.
// Sources: core(5), elf(5), linux/elfcore.h elf_prstatus, fs/binfmt_elf.c fill_files_note.
import { DecodeError } from '../../base/errors.ts';
import { lastAtOrBelow, type MemorySource } from '../../base/memory-source.ts';

export interface CoreFile {
  /** Memory that was dumped; what the core leaves out (mappings of files, mostly) is not there. */
  readonly memory: MemorySource;
  readonly threads: readonly CoreThread[];
  readonly files: readonly CoreMapping[];
  /** Path of the executable as the process saw it; undefined when the core does not tell. */
  readonly executable: string | undefined;
  /** Bytes of mappings that were left out of the core. */
  readonly leftOutBytes: number;
}

export interface CoreThread {
  readonly tid: number;
  readonly sp: number;
  readonly pc: number;
  /** General registers; those above 2^53 are no addresses and left out. */
  readonly registers: readonly number[];
}

export interface CoreMapping {
  readonly start: number;
  readonly end: number;
  readonly fileOffset: number;
  readonly path: string;
}

/** A file by offset, read at once. */
export interface CoreBytes extends MemorySource {
  readonly size: number;
}

const coreType = 4;
const amd64 = 62;
const loadType = 1;
const noteType = 4;
const manySegments = 0xffff;
const headerBytes = 56;
const mostSegments = 1 << 20;
const mostNoteBytes = 256 * 1024 * 1024;
const note = { prstatus: 1, auxv: 6, file: 0x46494c45 } as const;
/** elf_prstatus of amd64: pid, then the general registers; rip and rsp by their place among them. */
const prstatus = { bytes: 336, pid: 32, registers: 112, count: 17, pc: 16, sp: 19 } as const;
const auxv = { phdr: 3 } as const;
const truncated = {
  advice: 'The core was cut, by a full disk or a limit (ulimit -c). Take it again: gcore PID, or ulimit -c unlimited.',
};

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

/** Throws DecodeError when it is no core of a 64-bit x86 process, or when part of it is missing. */
export function decodeCore(file: CoreBytes): CoreFile {
  const segments = readSegments(file);
  const loads = segments.filter((one) => one.type === loadType);
  const missing = loads.find((one) => one.offset + one.fileBytes > file.size);
  if (missing !== undefined) {
    const end = loads.reduce((most, one) => Math.max(most, one.offset + one.fileBytes), 0);
    throw new DecodeError('core', file.size, `${end - file.size} bytes more`, truncated);
  }
  const notes = segments.filter((one) => one.type === noteType).flatMap((segment) => readNotes(file, segment));
  const files = notes.flatMap((one) => (one.type === note.file ? readFiles(one.bytes) : []));
  return {
    memory: memoryOf(file, loads),
    threads: notes.flatMap((one) => (one.type === note.prstatus ? readThread(one.bytes) : [])),
    files,
    executable: executableOf(files, notes),
    leftOutBytes: loads.reduce((sum, one) => sum + Math.max(0, one.memoryBytes - one.fileBytes), 0),
  };
}

function readSegments(file: CoreBytes): Segment[] {
  const header = readPart(file, 0, 64, 'an ELF header');
  if (header.getUint32(0, false) === 0x28b52ffd || header.getUint16(0, false) === 0x1f8b) {
    throw new DecodeError('core', 0, 'an unpacked core', {
      advice: 'It is compressed: unpack it with zstd -d or gunzip, or take it with coredumpctl dump.',
    });
  }
  if (header.getUint32(0, false) !== 0x7f454c46) throw new DecodeError('core', 0, 'an ELF file');
  if (header.getUint8(4) !== 2 || header.getUint8(5) !== 1 || header.getUint16(18, true) !== amd64) {
    throw new DecodeError('core', 4, 'a core of a 64-bit x86 process', {
      advice: 'Only cores of linux/amd64 can be read.',
    });
  }
  if (header.getUint16(16, true) !== coreType) {
    throw new DecodeError('core', 16, 'a core file', {
      advice: 'This is an executable or a library. The executable goes first: leakline core EXE CORE.',
    });
  }
  const start = word(header, 32);
  const size = header.getUint16(54, true);
  let count = header.getUint16(56, true);
  if (count === manySegments) {
    // The number does not fit: it stands in the first section header (sh_info).
    count = readPart(file, word(header, 40), 64, 'a section header').getUint32(44, true);
  }
  if (count === 0 || count > mostSegments || size < headerBytes) {
    throw new DecodeError('core', 54, `1 to ${mostSegments} segments of at least ${headerBytes} bytes`);
  }
  const table = readPart(file, start, size * count, `${count} segments`);
  return Array.from({ length: count }, (_, i) => {
    const at = i * size;
    return {
      type: table.getUint32(at, true),
      offset: word(table, at + 8),
      address: word(table, at + 16),
      fileBytes: word(table, at + 32),
      memoryBytes: word(table, at + 40),
    };
  });
}

interface Note {
  readonly type: number;
  readonly bytes: DataView;
}

function readNotes(file: CoreBytes, segment: Segment): Note[] {
  if (segment.fileBytes > mostNoteBytes) throw new DecodeError('core', segment.offset, 'fewer notes');
  const view = readPart(file, segment.offset, segment.fileBytes, `${segment.fileBytes} bytes of notes`);
  const notes: Note[] = [];
  for (let at = 0; at + 12 <= view.byteLength; ) {
    const nameBytes = view.getUint32(at, true);
    const bytes = view.getUint32(at + 4, true);
    const start = at + 12 + align4(nameBytes);
    if (start + bytes > view.byteLength) throw new DecodeError('core', segment.offset + at, 'a whole note');
    notes.push({
      type: view.getUint32(at + 8, true),
      bytes: new DataView(view.buffer, view.byteOffset + start, bytes),
    });
    at = start + align4(bytes);
  }
  return notes;
}

function readThread(view: DataView): CoreThread[] {
  if (view.byteLength < prstatus.bytes) return [];
  const register = (index: number): number => word(view, prstatus.registers + 8 * index);
  const registers = Array.from({ length: prstatus.count }, (_, i) => register(i)).filter(Number.isSafeInteger);
  return [{ tid: view.getInt32(prstatus.pid, true), sp: register(prstatus.sp), pc: register(prstatus.pc), registers }];
}

/** {count, page size, count × {start, end, offset in pages}, names}. */
function readFiles(view: DataView): CoreMapping[] {
  if (view.byteLength < 16) return [];
  const count = word(view, 0);
  const pageBytes = word(view, 8);
  const namesAt = 16 + 24 * count;
  if (!(namesAt <= view.byteLength)) return [];
  const names = Buffer.from(view.buffer, view.byteOffset + namesAt, view.byteLength - namesAt)
    .toString('utf8')
    .split('\0');
  return Array.from({ length: count }, (_, i) => {
    const at = 16 + 24 * i;
    return {
      start: word(view, at),
      end: word(view, at + 8),
      fileOffset: word(view, at + 16) * pageBytes,
      path: names[i] ?? '',
    };
  });
}

/** The file that holds the program headers the kernel told the process about. */
function executableOf(files: readonly CoreMapping[], notes: readonly Note[]): string | undefined {
  for (const { type, bytes } of notes) {
    if (type !== note.auxv) continue;
    for (let at = 0; at + 16 <= bytes.byteLength; at += 16) {
      if (word(bytes, at) !== auxv.phdr) continue;
      const address = word(bytes, at + 8);
      const found = files.find((one) => address >= one.start && address < one.end);
      if (found !== undefined) return found.path;
    }
  }
  return files[0]?.path;
}

function memoryOf(file: CoreBytes, loads: readonly Segment[]): MemorySource {
  const sorted = loads.filter((one) => one.fileBytes > 0).sort((a, b) => a.address - b.address);
  const starts = Float64Array.from(sorted, (one) => one.address);
  return {
    readInto(address, into) {
      let done = 0;
      for (let row = lastAtOrBelow(starts, address); row >= 0 && row < sorted.length && done < into.length; row++) {
        const { address: start, offset, fileBytes } = sorted[row]!;
        const from = address + done - start;
        if (from < 0 || from >= fileBytes) break;
        const wanted = Math.min(into.length - done, fileBytes - from);
        const count = file.readInto(offset + from, into.subarray(done, done + wanted));
        done += count;
        if (count < wanted) break;
      }
      return done;
    },
  };
}

function readPart(file: CoreBytes, offset: number, length: number, what: string): DataView {
  if (!(offset >= 0) || offset + length > file.size) throw new DecodeError('core', offset, what, truncated);
  const bytes = new Uint8Array(length);
  if (file.readInto(offset, bytes) < length) throw new DecodeError('core', offset, what, truncated);
  return new DataView(bytes.buffer);
}

const word = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));
const align4 = (bytes: number): number => Math.ceil(bytes / 4) * 4;
