// The bpftrace script as a function of what is known of the target. One text for bpftrace 0.17 to 0.23, so no feature that
// only one of them has. What it does and why:
//
//   - runtime.cgocall is probed at its entry: the Go stack there is the one below everything that C allocates next. Only the
//     entry: a return probe replaces a return address, which Go's stack moves and unwinder do not survive.
//   - The direct C caller is the return address at the entry of malloc; deeper C frames need frame pointers.
//   - A site (kind, C caller, Go stack) gets a number, so that maps by pointer and by tick stay small. The number is the clock:
//     two processors cannot give the same one to different sites.
//   - Blocks are counted only when the kernel's table had room for them: a release that cannot be seen must not look like a leak.
//   - Nothing counts before the first second (`@on`): probes are attached one after the other.
import { allocatorKinds, mostTicks } from '../../decode/native-trace/decode-native-trace.ts';

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
  readonly machine: 'amd64' | 'arm64';
  readonly seconds: number;
  readonly pageBytes: number;
}

/** How a function says the size it was asked for; `kind` as in allocatorKinds. */
const sized: readonly {
  readonly name: string;
  readonly kind: (typeof allocatorKinds)[number];
  readonly size: string;
}[] = [
  { name: 'malloc', kind: 'malloc', size: 'arg0' },
  { name: 'calloc', kind: 'calloc', size: '(arg0 * arg1)' },
  { name: 'aligned_alloc', kind: 'aligned_alloc', size: 'arg1' },
  { name: 'memalign', kind: 'memalign', size: 'arg1' },
  { name: '_Znwm', kind: 'operator new', size: 'arg0' },
  { name: '_Znam', kind: 'operator new', size: 'arg0' },
];
const releasing = ['free', '_ZdlPv', '_ZdaPv', '_ZdlPvm', '_ZdaPvm'];

/** Every function that the script can probe. */
export const probedFunctions: readonly string[] = [
  ...sized.map((one) => one.name),
  'realloc',
  'posix_memalign',
  'mmap',
  'munmap',
  ...releasing,
];

const kindOf = (kind: (typeof allocatorKinds)[number]): number => allocatorKinds.indexOf(kind) + 1;

/** Seconds from dump to dump; the window is a multiple of it. */
export function tickSecondsOf(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / Math.min(20, mostTicks)));
}

export function mallocScript(facts: ScriptFacts): string {
  const { pid, functions, cgocall } = facts;
  const mine = `pid == ${pid} && @on == 1`;
  const caller = facts.machine === 'arm64' ? 'reg("lr")' : '*(uint64 *)reg("sp")';
  const entry = (name: string, body: string): string =>
    functions.has(name) ? `${uprobe('uprobe', functions.get(name)!)} /${mine}/ { ${body} }` : '';
  const asks = (kind: number, size: string): string =>
    `@z[tid] = (${size} << 4) | ${kind}; @c[tid] = ${caller}; @hm = count();`;
  const forget =
    '$i = @i[arg0]; if ($i != 0) { @f[$i, @s[arg0] & 63] = stats(@s[arg0] >> 6); delete(@s[arg0]); delete(@i[arg0]); }';
  const returning = sized
    .map((one) => one.name)
    .concat('realloc')
    .filter((name) => functions.has(name));
  return lines([
    'BEGIN { printf("leakline-native 1 malloc\\n"); }',
    ...sized.map((one) => entry(one.name, asks(kindOf(one.kind), one.size))),
    entry('realloc', `${forget} if (arg1 != 0) { ${asks(kindOf('realloc'), 'arg1')} }`),
    entry('posix_memalign', `@p[tid] = arg0; ${asks(kindOf('posix_memalign'), 'arg2')}`),
    ...releasing.map((name) => entry(name, `@hf = count(); ${forget} else if (arg0 != 0) { @u = count(); }`)),
    returning.length === 0
      ? ''
      : `${returning.map((name) => uprobe('uretprobe', functions.get(name)!)).join(',\n')}
/@z[tid] != 0/ { if (retval != 0) { ${record('retval', '@c[tid]', '@z[tid]', cgocall !== undefined)} } delete(@z[tid]); }`,
    functions.has('posix_memalign')
      ? `${uprobe('uretprobe', functions.get('posix_memalign')!)} /@p[tid] != 0/ {
  if (retval == 0 && @z[tid] != 0) { $p = *(uint64 *)@p[tid]; ${record('$p', '@c[tid]', '@z[tid]', cgocall !== undefined)} }
  delete(@p[tid]); delete(@z[tid]);
}`
      : '',
    mmapProbes(facts, mine, caller),
    cgocall === undefined
      ? ''
      : `${uprobe('uprobe', cgocall)} /pid == ${pid}/ { @go[tid] = ustack(perf, 24); @hg = count(); }`,
    clock(facts.seconds),
    `END { printf("end %llu\\n", nsecs); clear(@on); clear(@n); clear(@e); clear(@z); clear(@c); clear(@s); clear(@i);${functions.has('posix_memalign') ? ' clear(@p);' : ''}${functions.has('mmap') ? ' clear(@m); clear(@ml); clear(@mc);' : ''}${cgocall === undefined ? '' : ' clear(@go);'} }`,
  ]);
}

/** Notes the block at `pointer`; a pointer that is known still was released unseen. */
function record(pointer: string, caller: string, packed: string, hasGo: boolean): string {
  const key = `${packed} & 15, ${caller}${hasGo ? ', @go[tid]' : ''}`;
  return `
    $d = @id[${key}]; if ($d == 0) { $d = nsecs; @id[${key}] = $d; }
    $o = @i[${pointer}]; if ($o != 0) { @f[$o, @s[${pointer}] & 63] = stats(@s[${pointer}] >> 6); }
    @s[${pointer}] = ((${packed} >> 4) << 6) | @n; @i[${pointer}] = $d;
    if (@i[${pointer}] == $d) { @a[$d, @n] = stats(${packed} >> 4); } else { @lost = count(); }`;
}

/**
 * Anonymous mappings that can be used. The stack at the call itself tells Go's own: in a cgo program the runtime maps its
 * heap through the C library, without runtime.cgocall. A key with a second
 * stack is another type, so the sites of mmap have a map of their own.
 */
function mmapProbes({ functions, cgocall }: ScriptFacts, mine: string, caller: string): string {
  const map = functions.get('mmap');
  const unmap = functions.get('munmap');
  if (map === undefined || unmap === undefined) return '';
  const kind = kindOf('mmap');
  const key = `${kind}, @mc[tid], @m[tid]${cgocall === undefined ? '' : ', @go[tid]'}`;
  return `${uprobe('uprobe', map)} /${mine} && (arg3 & 32) != 0 && arg2 != 0/ {
  @ml[tid] = arg1; @mc[tid] = ${caller}; @m[tid] = ustack(perf, 12); @hm = count();
}
${uprobe('uretprobe', map)} /@ml[tid] != 0/ {
  if (retval >> 48 == 0) {
    $d = @idm[${key}]; if ($d == 0) { $d = nsecs; @idm[${key}] = $d; }
    @s[retval] = (@ml[tid] << 6) | @n; @i[retval] = $d;
    if (@i[retval] == $d) { @a[$d, @n] = stats(@ml[tid]); } else { @lost = count(); }
  }
  delete(@ml[tid]);
}
${uprobe('uprobe', unmap)} /${mine}/ {
  $i = @i[arg0]; if ($i != 0) { @hf = count(); @f[$i, @s[arg0] & 63] = stats(@s[arg0] >> 6); delete(@s[arg0]); delete(@i[arg0]); }
}`;
}

/** Who touches new memory: the Go chain at the entry into C, and the place of the touch itself. */
export function pageFaultScript(facts: ScriptFacts): string {
  const { pid, cgocall } = facts;
  const key = `${kindOf('page-fault')}, reg("ip"), $u${cgocall === undefined ? '' : ', @go[tid]'}`;
  return lines([
    'BEGIN { printf("leakline-native 1 page-faults\\n"); }',
    `software:page-faults:1 /pid == ${pid} && @on == 1/ {
  @hp = count(); $u = ustack(perf, ${cgocall === undefined ? 24 : 4});
  $d = @id[${key}]; if ($d == 0) { $d = nsecs; @id[${key}] = $d; }
  @a[$d, @n] = stats(${facts.pageBytes});
}`,
    cgocall === undefined
      ? ''
      : `${uprobe('uprobe', cgocall)} /pid == ${pid}/ { @go[tid] = ustack(perf, 24); @hg = count(); }`,
    clock(facts.seconds, false),
    `END { printf("end %llu\\n", nsecs); clear(@on); clear(@n); clear(@e);${cgocall === undefined ? '' : ' clear(@go);'} }`,
  ]);
}

/** How often the allocator and C are called in a second, here and in other processes that share the library. */
export function rateScript({ pid, functions, cgocall }: ScriptFacts): string {
  const entries = ['malloc', 'calloc', 'realloc', 'posix_memalign'].filter((name) => functions.has(name));
  return lines([
    'BEGIN { printf("leakline-native-rate 1\\n"); }',
    entries.length === 0
      ? ''
      : `${entries.map((name) => uprobe('uprobe', functions.get(name)!)).join(',\n')} { if (pid == ${pid}) { @m = count(); } else { @o = count(); } }`,
    cgocall === undefined ? '' : `${uprobe('uprobe', cgocall)} /pid == ${pid}/ { @g = count(); }`,
    `interval:s:1 { @e++; if (@e == 1) {${entries.length === 0 ? '' : ' clear(@m); clear(@o);'}${cgocall === undefined ? '' : ' clear(@g);'} printf("on %llu\\n", nsecs); } else { printf("end %llu\\n", nsecs); exit(); } }`,
  ]);
}

/** The script ends itself, whatever becomes of who started it. */
function clock(seconds: number, freed = true): string {
  const tick = tickSecondsOf(seconds);
  const end = Math.ceil(seconds / tick) * tick;
  return `interval:s:1 {
  @e++;
  if (@e == 1) { @n = 0; @on = 1; printf("on %llu\\n", nsecs); }
  else if ((@e - 1) % ${tick} == 0) {
    @n++;
    if (@e > ${end}) { @on = 0; }
    printf("tick %d %llu\\n", @n, nsecs); print(@a);${freed ? ' print(@f);' : ''}
    if (@e > ${end}) { printf("done\\n"); exit(); }
  }
}`;
}

/** The path is in quotes and never the target's own text, so nothing in it can end the quotes. */
const uprobe = (type: 'uprobe' | 'uretprobe', { path, at }: ProbePlace): string => `${type}:"${path}":${at}`;

const lines = (parts: readonly string[]): string => `${parts.filter((part) => part !== '').join('\n')}\n`;
