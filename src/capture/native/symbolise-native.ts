// Names for the sites of a native trace: Go frames from Go's own table, C functions from the symbols of the object that is
// mapped there, C lines from its debug information.
import { symbolAt } from '../../decode/native-trace/elf-symbols.ts';
import { goFramesAt } from '../../decode/pclntab/go-frames.ts';
import { addressOfFileOffset } from '../../decode/pclntab/locate-pclntab.ts';
import type { CodePlace, NativeSiteNames, NativeTraceSite } from '../../model/native.ts';
import { addSourceLines } from './add-source-lines.ts';
import type { Mapping } from './process-maps.ts';
import type { Binaries } from './read-binaries.ts';

const isC = /\/(libc\.so\.6|libc-\d[\d.]*\.so|libpthread[-.][^/]*|ld-[^/]*|libc\.musl-[^/]+|libc\.so)$/;
/** In a static binary the C library has no object of its own; these are its callers of mmap. */
const staticC =
  /^(sysmalloc\w*|new_heap|alloc_new_heap|_int_malloc|_int_realloc|allocate_stack|__?pthread_create\w*|_dl_\w+)$/;
const goMaps = /^runtime\.(mmap|sysMmap|callCgoMmap|sysAlloc\w*|sysMap\w*|sysReserve\w*|sysFault\w*)\b/;
const cgoMaps = 'x_cgo_mmap';
/** The shadow memory of the race detector and its like, C++ names included. */
const sanitizers = /^_*(Z[A-Z]*\d+_*)?(sanitizer|tsan|asan|lsan|msan)/;
const madeByCgo = /^runtime[./]|\._Cfunc_|\._cgo_|^_cgo|^internal\/runtime/;
/** A reader looks for who wanted the memory, not for the wrapper of the system call. */
const wrapsCall = /^(syscall|internal\/syscall\/\w+|golang\.org\/x\/sys\/unix)\./;
/** memleak does not tell kinds: what the C library asks for in whole pages is a mapping, a thread's stack or an arena. */
const pageBytes = 4096;

export async function nameSites(
  sites: readonly NativeTraceSite[],
  binaries: Binaries,
  mappings: readonly Mapping[],
  allocatorObject: string | undefined,
): Promise<readonly NativeSiteNames[]> {
  const sorted = [...mappings].sort((a, b) => a.start - b.start);
  const known = new Map<number, Promise<readonly CodePlace[]>>();
  const placesAt = (address: number, back: number): Promise<readonly CodePlace[]> => {
    const key = address * 2 + back;
    let places = known.get(key);
    if (places === undefined) {
      places = namePlaces(address, back, binaries, sorted);
      known.set(key, places);
    }
    return places;
  };
  const chain = async (addresses: readonly number[]): Promise<readonly CodePlace[]> =>
    // All but the innermost are return addresses: the call is the instruction before.
    (await Promise.all(addresses.map((address, i) => placesAt(address, i === 0 ? 0 : 1)))).flat();
  const named: NativeSiteNames[] = [];
  for (const site of sites) named.push(await nameSite(site, { binaries, allocatorObject, placesAt, chain }));
  return addSourceLines(named, (address) => locate(address, binaries, sorted));
}

interface Naming {
  readonly binaries: Binaries;
  readonly allocatorObject: string | undefined;
  readonly placesAt: (address: number, back: number) => Promise<readonly CodePlace[]>;
  readonly chain: (addresses: readonly number[]) => Promise<readonly CodePlace[]>;
}

async function nameSite(site: NativeTraceSite, naming: Naming): Promise<NativeSiteNames> {
  const { allocator } = site;
  const atCall = await naming.chain(site.callAddresses);
  const isMapping = allocator === 'mmap' || allocator === 'mmap-file';
  // Go mapped it itself: what the thread last did in C is another story. Without the probe at the entry into C, the chain at
  // the call may reach Go.
  const byGo = isMapping && atCall[0] !== undefined && isGo(atCall[0]);
  const goStack = (byGo || site.goAddresses.length === 0 ? atCall : await naming.chain(site.goAddresses)).filter(isGo);
  const cCaller = byGo
    ? undefined
    : site.cAddress === 0
      ? atCall[0]
      : (await naming.placesAt(site.cAddress, allocator === 'page-fault' ? 0 : 1))[0];
  const ofGo =
    allocator === 'page-fault'
      ? cCaller !== undefined && isGo(cCaller)
      : cCaller?.function === cgoMaps ||
        atCall.some((place) => goMaps.test(place.function ?? '') || place.function === cgoMaps);
  const ofSanitizer = [cCaller, ...atCall].some((place) => sanitizers.test(place?.function ?? ''));
  return {
    goCaller: callerOf(goStack),
    goStack,
    cCaller,
    via: viaOf(goStack),
    own: ofGo ? 'go-runtime' : ofSanitizer || isOfLibrary(site, cCaller, naming) ? 'c-library' : 'program',
  };
}

/** Mappings that the C library, the loader or the allocator make for their own ends: arenas, stacks, large blocks of malloc. */
function isOfLibrary(
  { allocator, bytes, counts }: NativeTraceSite,
  cCaller: CodePlace | undefined,
  { binaries, allocatorObject }: Naming,
): boolean {
  const object = cCaller?.object;
  if (object === undefined) return false;
  const mean = (bytes.at(-1) ?? 0) / Math.max(1, counts.at(-1) ?? 0);
  const isMapping = allocator === 'mmap' || allocator === 'mmap-file';
  if (!isMapping && !(allocator === 'unknown' && mean % pageBytes === 0)) return false;
  if (object === binaries.exe.path) return staticC.test(cCaller?.function ?? '');
  return isC.test(object) || object === allocatorObject;
}

/** C code that Go's linker took in (the race detector's) stands in Go's table too, without lines. */
const isGo = (place: CodePlace): boolean => (place.line ?? 0) > 0;

/** cgo wraps a call whose arguments it checks in a function literal; the function around it is what a reader knows. */
function callerOf(stack: readonly CodePlace[]): CodePlace | undefined {
  const at = stack.findIndex(
    (place) => place.function !== undefined && !madeByCgo.test(place.function) && !wrapsCall.test(place.function),
  );
  const inner = stack[at];
  const outer = stack[at + 1];
  const wraps = outer !== undefined && inner?.function?.replace(/\.func\d+$/, '') === outer.function;
  return wraps && inner?.line === outer.line ? outer : inner;
}

function viaOf(stack: readonly CodePlace[]): string | undefined {
  const wrapper = stack.map((place) => /\._Cfunc_(CString|CBytes|_CMalloc)$/.exec(place.function ?? '')?.[1]);
  const name = wrapper.find((one) => one !== undefined);
  return name === undefined ? undefined : name === '_CMalloc' ? 'C.malloc' : `C.${name}`;
}

async function namePlaces(
  address: number,
  back: number,
  binaries: Binaries,
  mappings: readonly Mapping[],
): Promise<readonly CodePlace[]> {
  const unnamed = { function: undefined, file: undefined, line: undefined, object: undefined, address };
  const found = await locate(address - back, binaries, mappings);
  if (found === undefined) return [unnamed];
  const { binary, linked } = found;
  if (binary === binaries.exe && binaries.go !== undefined) {
    const frames = await goFramesAt(binaries.go, linked).catch(() => []);
    // The C code of a program lies among its Go code; a name without a line is not Go's.
    if (frames.length > 0) {
      return frames.map(({ functionName, file, line }) => ({
        function: functionName.replace(/\.abi0$/, ''),
        file,
        line,
        object: binary.path,
        address,
      }));
    }
  }
  return [{ ...unnamed, function: symbolAt(binary.symbols, linked), object: binary.path }];
}

async function locate(address: number, binaries: Binaries, mappings: readonly Mapping[]) {
  const mapping = mappings.find((one) => address >= one.start && address < one.end);
  if (mapping === undefined || !mapping.path.startsWith('/')) return undefined;
  const binary = await binaries.library(mapping);
  const linked = binary && addressOfFileOffset(binary.elf, address - mapping.start + mapping.fileOffset);
  return binary === undefined || linked === undefined ? undefined : { binary, linked };
}
