// What the parts of the bpftrace script share: what is known of the target, and how a probe is written.
import { type AllocatorKind, allocatorKinds } from '../../decode/native-trace/decode-native-trace.ts';

/** Where a probe goes: a symbol, or an offset in the file for a binary without symbols. Paths are /proc/PID/… ones. */
export interface ProbePlace {
  readonly path: string;
  readonly at: string;
}

export interface ScriptFacts {
  /** As the kernel's first pid namespace counts. */
  readonly pid: number;
  /** Functions of the allocator that exist, by name; several names of one address only once. */
  readonly functions: ReadonlyMap<string, ProbePlace>;
  readonly cgocall: ProbePlace | undefined;
  /** runtime.mmap, by which the Go runtime maps its own memory; undefined when it was not found. */
  readonly goMap: ProbePlace | undefined;
  readonly machine: 'amd64' | 'arm64';
  /** The tracepoints of system calls can be used; else mappings are seen as calls of the C library only. */
  readonly canTraceCalls: boolean;
  readonly seconds: number;
  readonly pageBytes: number;
}

export const kindNumber = (kind: AllocatorKind): number => allocatorKinds.indexOf(kind) + 1;

/** Of the target, and within the window. */
export const isMine = (pid: number): string => `pid == ${pid} && @on == 1`;
export const callerOf = (machine: ScriptFacts['machine']): string =>
  machine === 'arm64' ? 'reg("r30")' : '*(uint64 *)reg("sp")';
/** The instruction that is being executed. */
export const placeOf = (machine: ScriptFacts['machine']): string => (machine === 'arm64' ? 'reg("pc")' : 'reg("ip")');

/** The path is in quotes and never the target's own text, so nothing in it can end the quotes. */
export const uprobe = (type: 'uprobe' | 'uretprobe', { path, at }: ProbePlace): string => `${type}:"${path}":${at}`;
