// Which object of a process answers malloc, and where its functions are. The executable comes first (static builds), then
// a library that replaces the allocator (jemalloc, tcmalloc, mimalloc), then the C library. Asking the wrong object would
// give no hit at all, and no hit must never read as "no leak".
import { symbolAddresses } from '../../decode/native-trace/elf-symbols.ts';
import { fileOffsetOf } from '../../decode/pclntab/locate-pclntab.ts';
import { addressOfFunction, hasFunctionLike } from '../../decode/pclntab/pclntab.ts';
import { probedFunctions } from './native-script.ts';
import type { Mapping } from './process-maps.ts';
import type { Binaries, Binary } from './read-binaries.ts';
import type { ProbePlace } from './script-parts.ts';

export interface Allocator {
  readonly kind: 'glibc' | 'musl' | 'jemalloc' | 'tcmalloc' | 'mimalloc' | 'static' | 'other';
  /** As the target sees it. */
  readonly object: string;
  readonly functions: ReadonlyMap<string, ProbePlace>;
  /** The release is probed behind its first instruction, which is many times cheaper. */
  readonly cheapFree: boolean;
}

const cLibrary = /\/(libc\.so\.6|libc-\d[\d.]*\.so|ld-musl-[^/]+\.so\.1|libc\.musl-[^/]+\.so\.1|libc\.so)$/;
/** The dynamic loader of glibc has a malloc of its own that nobody uses once the program runs. */
const loader = /\/ld(-linux[^/]*|-\d[\d.]*|64)\.so(\.\d+)?$/;

export async function findAllocator(
  binaries: Binaries,
  mappings: readonly Mapping[],
  canProbeInside: boolean,
): Promise<Allocator | undefined> {
  const libraries = await mappedLibraries(binaries, mappings);
  const candidates = [
    binaries.exe,
    ...libraries.filter((one) => !cLibrary.test(one.path)),
    ...libraries.filter((one) => cLibrary.test(one.path)),
  ];
  const found = candidates.find((one) => symbolAddresses(one.symbols, ['malloc']).size > 0);
  if (found === undefined) return undefined;
  const functions = functionsOf(found);
  // tcmalloc replaces mmap too, and a static executable has all of the C library; a jemalloc that is linked into a dynamic
  // executable leaves mmap where it was.
  const system = functions.has('mmap') ? found : (libraries.find((one) => cLibrary.test(one.path)) ?? found);
  for (const name of ['mmap', 'munmap']) {
    const place = functionsOf(system).get(name);
    if (place !== undefined) functions.set(name, place);
  }
  const cheapFree = canProbeInside && (await startsWithTestAndJump(found, 'free'));
  const free = functions.get('free');
  if (cheapFree && free !== undefined) functions.set('free', { ...free, at: 'free+3' });
  return { kind: kindOf(found, binaries), object: found.path, functions, cheapFree };
}

async function mappedLibraries(binaries: Binaries, mappings: readonly Mapping[]): Promise<readonly Binary[]> {
  const files = new Map<string, Mapping>();
  for (const mapping of mappings) {
    if (!mapping.path.startsWith('/') || loader.test(mapping.path) || !/\.so(\.|$)/.test(mapping.path)) continue;
    if (!files.has(mapping.inode)) files.set(mapping.inode, mapping);
  }
  const opened = await Promise.all([...files.values()].map((mapping) => binaries.library(mapping)));
  return opened.filter((one) => one !== undefined);
}

/** Two names of one address (memalign and aligned_alloc) are probed once. */
function functionsOf(binary: Binary): Map<string, ProbePlace> {
  const byAddress = new Set<number>();
  const functions = new Map<string, ProbePlace>();
  for (const name of probedFunctions) {
    const address = symbolAddresses(binary.symbols, [name]).get(name);
    if (address === undefined || address === 0 || byAddress.has(address)) continue;
    byAddress.add(address);
    functions.set(name, { path: binary.openPath, at: name });
  }
  return functions;
}

function kindOf(binary: Binary, binaries: Binaries): Allocator['kind'] {
  if (binary === binaries.exe) return 'static';
  for (const kind of ['jemalloc', 'tcmalloc', 'mimalloc', 'musl'] as const) if (binary.path.includes(kind)) return kind;
  return cLibrary.test(binary.path) ? 'glibc' : 'other';
}

/** `test %rdi,%rdi` and a conditional jump: on x86 a probe on the jump is emulated, one on the test is single-stepped. */
async function startsWithTestAndJump(binary: Binary, name: string): Promise<boolean> {
  const address = symbolAddresses(binary.symbols, [name]).get(name);
  const offset = address === undefined ? undefined : fileOffsetOf(binary.elf, address);
  if (offset === undefined || binary.elf.machine !== 'amd64') return false;
  const [a, b, c, d, e] = await binary.source.read(offset, 5);
  const jump = (d === 0x0f && (e! & 0xf0) === 0x80) || (d! & 0xf0) === 0x70;
  return a === 0x48 && b === 0x85 && c === 0xff && jump;
}

export interface GoFunction {
  readonly place: ProbePlace;
  /** An offset instead of a name: bpftrace asks for --unsafe; it is the start of a function, so it is safe. */
  readonly byOffset: boolean;
}

/**
 * A function of the Go runtime: runtime.cgocall is where Go enters C, runtime.mmap where the runtime maps its own memory. By
 * name when the file has symbols, else by the offset that Go's own table gives.
 */
export function findGoFunction(
  { exe, go }: Binaries,
  name: 'runtime.cgocall' | 'runtime.mmap',
): GoFunction | undefined {
  if (symbolAddresses(exe.symbols, [name]).size > 0) {
    return { place: { path: exe.openPath, at: name }, byOffset: false };
  }
  const address = go === undefined ? undefined : addressOfFunction(go.table, name);
  const offset = address === undefined ? undefined : fileOffsetOf(exe.elf, address);
  if (offset === undefined) return undefined;
  return { place: { path: exe.openPath, at: `0x${offset.toString(16)}` }, byOffset: true };
}

/** cgo leaves functions with names of its own in every package that uses it; a pure Go program has none. */
export function usesCgo({ go }: Binaries): boolean | undefined {
  return go === undefined ? undefined : hasFunctionLike(go.table, /\._Cfunc_|^_cgo|\._cgo_/);
}
