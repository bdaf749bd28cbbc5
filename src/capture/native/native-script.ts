// The bpftrace script as a function of what is known of the target. One text for bpftrace 0.17 to 0.23, so no feature that
// only one of them has. What it does and why:
//
//   - runtime.cgocall is probed at its entry: the Go stack there is the one below everything that C allocates next. Only the
//     entry: a return probe replaces a return address, which Go's stack moves and unwinder do not survive.
//   - The direct C caller is the return address at the entry of malloc; deeper C frames need frame pointers.
//   - A site (kind, C caller, Go stack) gets a number, so that maps by pointer and by tick stay small. The number is the clock:
//     two processors cannot give the same one to different sites.
//   - Blocks are counted only when the kernel's table had room for them: a release that cannot be seen must not look like a leak.
//   - An allocator may call another (musl's aligned_alloc calls malloc and hands out a pointer inside the block): the outermost
//     call of a thread counts, told by its kind.
//   - A C function that calls back into Go, which calls C again: what the outer C code allocates afterwards has the inner Go
//     stack, since returns are not probed.
//   - Mappings come from the system calls, whoever makes them (mapping-script.ts).
//   - Nothing counts before the first second (`@on`): probes are attached one after the other.
import { type AllocatorKind, mostTicks } from '../../decode/native-trace/decode-native-trace.ts';
import { mappingMaps, mappingProbes } from './mapping-script.ts';
import { callerOf, isMine, kindNumber, placeOf, type ScriptFacts, uprobe } from './script-parts.ts';

/** How a function says the size it was asked for; `kind` as in allocatorKinds. */
const sized: readonly {
  readonly name: string;
  readonly kind: AllocatorKind;
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

/** Seconds from dump to dump; the window is a multiple of it. */
export function tickSecondsOf(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / Math.min(20, mostTicks)));
}

/** Every allocation and release, and every mapping. */
export function mallocScript(facts: ScriptFacts): string {
  const { functions } = facts;
  const mine = isMine(facts.pid);
  const entry = (name: string, body: string): string =>
    functions.has(name) ? `${uprobe('uprobe', functions.get(name)!)} /${mine}/ { ${body} }` : '';
  const asks = (kind: number, size: string): string =>
    `$z = @z[tid]; if ($z.0 == 0 || ($z.0 & 15) == ${kind}) { @z[tid] = ((uint64)((${size} << 4) | ${kind}), (uint64)${callerOf(facts.machine)}); }`;
  const forget = '$b = @b[arg0]; if ($b.0 != 0) { @f[$b.0, $b.1 & 63] = stats($b.1 >> 6); delete(@b[arg0]); }';
  // While an allocator runs, what it releases inside is its own business.
  const unknown = '$z = @z[tid]; if ($z.0 == 0) { @u = count(); }';
  const returning = [...sized, { name: 'realloc', kind: 'realloc' as const }].filter(({ name }) => functions.has(name));
  const aligned = functions.get('posix_memalign');
  const allocates = returning.length > 0 || aligned !== undefined;
  return lines([
    beginning('malloc', [...(allocates ? ['z', 'b'] : []), ...mappingMaps(facts).pairs]),
    cgocallProbe(facts),
    ...sized.map((one) => entry(one.name, asks(kindNumber(one.kind), one.size))),
    entry('realloc', `${forget} if (arg1 != 0) { ${asks(kindNumber('realloc'), 'arg1')} }`),
    entry('posix_memalign', `@p[tid] = arg0; ${asks(kindNumber('posix_memalign'), 'arg2')}`),
    ...releasing.map((name) => entry(name, `${forget} else if (arg0 != 0) { ${unknown} }`)),
    ...returning.map(
      ({ name, kind }) => `${uprobe('uretprobe', functions.get(name)!)} {
  $z = @z[tid];
  if (($z.0 & 15) == ${kindNumber(kind)}) { if (retval != 0) {${record('retval', facts)} } delete(@z[tid]); }
}`,
    ),
    aligned === undefined
      ? ''
      : `${uprobe('uretprobe', aligned)} /@p[tid] != 0/ {
  $z = @z[tid];
  if (($z.0 & 15) == ${kindNumber('posix_memalign')}) {
    if (retval == 0) { $p = *(uint64 *)@p[tid];${record('$p', facts)} }
    delete(@z[tid]);
  }
  delete(@p[tid]);
}`,
    ...mappingProbes(facts, allocates ? 'z' : undefined),
    clock(facts.seconds, [
      'a',
      ...(releasing.some((name) => functions.has(name)) || functions.has('realloc') ? ['f'] : []),
      ...mappingMaps(facts).told,
    ]),
    ending([
      ...(allocates ? ['z', 'b'] : []),
      ...(aligned === undefined ? [] : ['p']),
      ...mappingMaps(facts).kept,
      ...(facts.cgocall === undefined ? [] : ['go']),
    ]),
  ]);
}

/** Notes the block at `pointer`; a pointer that is known still was released unseen. */
function record(pointer: string, { cgocall }: ScriptFacts): string {
  const key = `$z.0 & 15, $z.1${cgocall === undefined ? '' : ', @go[tid]'}`;
  return `
    $d = @id[${key}]; if ($d == 0) { $d = nsecs; @id[${key}] = $d; }
    $o = @b[${pointer}]; if ($o.0 != 0) { @f[$o.0, $o.1 & 63] = stats($o.1 >> 6); }
    @b[${pointer}] = ((uint64)$d, (uint64)((($z.0 >> 4) << 6) | @n));
    $c = @b[${pointer}]; if ($c.0 == $d) { @a[$d, @n] = stats($z.0 >> 4); } else { @lost = count(); }`;
}

/**
 * Who touches new memory: the Go chain at the entry into C, and the place of the touch itself. Mappings are told too: memory
 * that Go code maps and touches looks like the Go heap's to page faults.
 */
export function pageFaultScript(facts: ScriptFacts): string {
  const { pid, cgocall } = facts;
  const key = `${kindNumber('page-fault')}, ${placeOf(facts.machine)}, $u${cgocall === undefined ? '' : ', @go[tid]'}`;
  return lines([
    beginning('page-faults', mappingMaps(facts).pairs),
    cgocallProbe(facts),
    `software:page-faults:1 /${isMine(pid)}/ {
  $u = ustack(perf, ${cgocall === undefined ? 24 : 4});
  $d = @id[${key}]; if ($d == 0) { $d = nsecs; @id[${key}] = $d; }
  @a[$d, @n] = stats(${facts.pageBytes});
}`,
    ...mappingProbes(facts),
    clock(facts.seconds, ['a', ...mappingMaps(facts).told]),
    ending([...mappingMaps(facts).kept, ...(cgocall === undefined ? [] : ['go'])]),
  ]);
}

/** Only what the program maps itself: for a program without C. */
export function mappingsScript(facts: ScriptFacts): string {
  const calls = { ...facts, cgocall: undefined };
  return lines([
    beginning('mappings', mappingMaps(calls).pairs),
    ...mappingProbes(calls),
    clock(facts.seconds, mappingMaps(calls).told),
    ending(mappingMaps(calls).kept),
  ]);
}

const cgocallProbe = ({ pid, cgocall }: ScriptFacts): string =>
  cgocall === undefined
    ? ''
    : `${uprobe('uprobe', cgocall)} /pid == ${pid}/ { @go[tid] = ustack(perf, 24); @hg = count(); }`;

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

/**
 * The script ends itself, whatever becomes of who started it: after its window, or at the next second when nobody reads what
 * it prints.
 */
function clock(seconds: number, told: readonly string[]): string {
  const tick = tickSecondsOf(seconds);
  const end = Math.ceil(seconds / tick) * tick;
  return `interval:s:1 {
  @e++; printf(".\\n");
  if (@e == 1) { @n = 0; @on = 1; printf("on %llu\\n", nsecs); }
  else if ((@e - 1) % ${tick} == 0) {
    @n++;
    if (@e > ${end}) { @on = 0; }
    printf("tick %d %llu\\n", @n, nsecs);${told.map((name) => ` print(@${name});`).join('')}
    if (@e > ${end}) { printf("done\\n"); exit(); }
  }
}`;
}

/** Newer versions want to know what a map holds before they see it in a key: pairs and the tick here, stacks before sites. */
const beginning = (probe: string, pairs: readonly string[]): string =>
  `BEGIN { printf("leakline-native 1 ${probe}\\n"); @n = 0;${pairs.map((name) => ` @${name}[0] = ((uint64)0, (uint64)0); delete(@${name}[0]);`).join('')} }`;

/** Maps that are not told are cleared, since bpftrace prints what is left. */
const ending = (kept: readonly string[]): string =>
  `END { printf("end %llu\\n", nsecs);${['on', 'n', 'e', ...kept].map((name) => ` clear(@${name});`).join('')} }`;

const lines = (parts: readonly string[]): string => `${parts.filter((part) => part !== '').join('\n')}\n`;
