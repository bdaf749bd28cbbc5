// The part of the bpftrace script that follows mmap, mremap and munmap. The system calls are traced, since Go maps memory
// without the C library (syscall.Mmap, golang.org/x/sys/unix); the C library's mmap is probed beside them only for the
// address of its C caller. What the Go runtime maps for itself is left out where it asks (runtime.mmap), and what an allocator
// maps while it runs; the stack at the call tells the rest: the program, the C library, a thread's stack.
//
// Blocks have a map of their own, by address: an allocator hands out pointers that are the start of a mapping. A release of
// the front of a mapping moves it, any other partial release is not followed: its bytes are told too high, its count not.
import { callerOf, isMine, kindNumber, type ScriptFacts, uprobe } from './script-parts.ts';

const anonymous = 32;

/**
 * `insideMalloc`: a map of pairs that holds what the allocator was asked for while it runs; what a thread maps then is the
 * allocator's own. Empty when neither the system calls nor the C library's functions can
 * be probed.
 */
export function mappingProbes(facts: ScriptFacts, insideMalloc?: string): readonly string[] {
  return facts.canTraceCalls ? callProbes(facts, insideMalloc) : libraryProbes(facts, insideMalloc);
}

/** Names of the maps that the dumps tell, of those that are cleared at the end, and of those that hold pairs. */
export function mappingMaps(facts: ScriptFacts) {
  if (mappingProbes(facts).length === 0) return { told: [], kept: [], pairs: [] };
  const kept = ['mb', 'ml', 'mk', 'm', ...(facts.functions.has('mmap') ? ['mc'] : []), ...(facts.goMap ? ['own'] : [])];
  return { told: ['am', 'fm'], kept: facts.canTraceCalls ? [...kept, 'ro', 'rl'] : kept, pairs: ['mb'] };
}

function callProbes(facts: ScriptFacts, insideMalloc: string | undefined): readonly string[] {
  const { functions } = facts;
  const mine = isMine(facts.pid);
  const map = functions.get('mmap');
  const call = (name: string, when: string, body: string): string =>
    `tracepoint:syscalls:${name} /${when}/ { ${body} }`;
  return [
    ...(map === undefined ? [] : [`${uprobe('uprobe', map)} /${mine}/ { @mc[tid] = ${callerOf(facts.machine)}; }`]),
    ...ownProbe(facts),
    call('sys_enter_mmap', mine, noteCall('args', insideMalloc, facts)),
    call('sys_exit_mmap', '@ml[tid] != 0', `${recordMapping('args->ret', facts)}`),
    call(
      'sys_enter_mremap',
      mine,
      '$b = @mb[args->addr]; if ($b.0 != 0) { @ro[tid] = args->addr; @rl[tid] = args->new_len; }',
    ),
    call(
      'sys_exit_mremap',
      '@ro[tid] != 0',
      `
  if (args->ret > 0) {
    $b = @mb[@ro[tid]];
    @fm[$b.0, $b.1 & 63] = stats($b.1 >> 6); delete(@mb[@ro[tid]]);
    @mb[args->ret] = ((uint64)$b.0, (uint64)((@rl[tid] << 6) | @n)); @am[$b.0, @n] = stats(@rl[tid]);
  }
  delete(@ro[tid]); delete(@rl[tid]);
`,
    ),
    call('sys_enter_munmap', mine, release('args->addr', 'args->len')),
  ];
}

/** Without tracepoints: what C code maps through its library. Go's own calls are not seen. */
function libraryProbes(facts: ScriptFacts, insideMalloc: string | undefined): readonly string[] {
  const map = facts.functions.get('mmap');
  const unmap = facts.functions.get('munmap');
  if (map === undefined || unmap === undefined) return [];
  const mine = isMine(facts.pid);
  return [
    ...ownProbe(facts),
    `${uprobe('uprobe', map)} /${mine}/ { @mc[tid] = ${callerOf(facts.machine)}; ${noteCall('registers', insideMalloc, facts)} }`,
    `${uprobe('uretprobe', map)} /@ml[tid] != 0/ { ${recordMapping('retval', facts)} }`,
    `${uprobe('uprobe', unmap)} /${mine}/ { ${release('arg0', 'arg1')} }`,
  ];
}

const ownProbe = ({ goMap, pid }: ScriptFacts): readonly string[] =>
  goMap === undefined ? [] : [`${uprobe('uprobe', goMap)} /${isMine(pid)}/ { @own[tid] = 1; }`];

const argument = {
  args: { length: 'args->len', protection: 'args->prot', flags: 'args->flags' },
  registers: { length: 'arg1', protection: 'arg2', flags: 'arg3' },
};

/** Memory that can be used, mapped for the program; mappings without access only reserve addresses. */
function noteCall(from: keyof typeof argument, insideMalloc: string | undefined, { goMap }: ScriptFacts): string {
  const { length, protection, flags } = argument[from];
  const kind = `(${flags} & ${anonymous}) != 0 ? ${kindNumber('mmap')} : ${kindNumber('mmap-file')}`;
  const note = `@ml[tid] = ${length}; @mk[tid] = ${kind}; @m[tid] = ustack(perf, 24);`;
  const ofProgram = insideMalloc === undefined ? note : `$z = @${insideMalloc}[tid]; if ($z.0 == 0) { ${note} }`;
  const used = `if (${protection} != 0) { ${ofProgram} }`;
  return `@hx = count(); ${goMap === undefined ? used : `if (@own[tid] != 0) { delete(@own[tid]); } else { ${used} }`}`;
}

/** Errors are the last page of the address space. */
function recordMapping(result: string, { functions, cgocall }: ScriptFacts): string {
  const caller = functions.has('mmap') ? '@mc[tid]' : '0';
  const key = `@mk[tid], ${caller}, @m[tid]${cgocall === undefined ? '' : ', @go[tid]'}`;
  return `
  $r = (uint64)${result};
  if ($r >> 48 == 0) {
    $d = @idm[${key}]; if ($d == 0) { $d = nsecs; @idm[${key}] = $d; }
    $o = @mb[$r]; if ($o.0 != 0) { @fm[$o.0, $o.1 & 63] = stats($o.1 >> 6); }
    @mb[$r] = ((uint64)$d, (uint64)((@ml[tid] << 6) | @n));
    $c = @mb[$r]; if ($c.0 == $d) { @am[$d, @n] = stats(@ml[tid]); } else { @lost = count(); }
  }
  delete(@ml[tid]);${functions.has('mmap') ? ' @mc[tid] = 0;' : ''}
`;
}

const release = (address: string, length: string): string => `
  $b = @mb[${address}];
  if ($b.0 != 0) {
    @hx = count(); delete(@mb[${address}]);
    if (${length} + 4095 < $b.1 >> 6) { @mb[${address} + ${length}] = ((uint64)$b.0, (uint64)$b.1); }
    else { @fm[$b.0, $b.1 & 63] = stats($b.1 >> 6); }
  }
`;
