// The verdict over the sites of a native trace. No hit is never "no leak", and what one probe cannot see is said.
import type { NativeClassGrowth, NativeGrowth, NativeSite, NativeTrace } from '../model/native.ts';
import { leastCaptures } from './estimate-growth.ts';
import type { NativeEvidence } from './native-growth.ts';

/** Share of the blocks that grew which releases of older blocks may reach before growth may be turnover. */
const balanced = 0.5;

/** Below it nothing is growth either. */
const leastNamelessBytes = 1024;

type Verdict = Pick<NativeGrowth, 'verdict' | 'why' | 'whatWouldSettleIt'>;

/** `memoryGrows`: the sizes of the process say that memory outside the Go heap grows, as a whole. */
export function judgeNative(sites: readonly NativeSite[], memoryGrows: boolean, evidence: NativeEvidence): Verdict {
  const { trace } = evidence;
  if (trace === undefined) return judgeSizes(memoryGrows, evidence);
  const leaking = sites.filter((site) => site.state === 'leaking');
  if (leaking.length > 0) return judgeLeaking(leaking, trace, memoryGrows);
  if (hitsOf(trace) === 0) return judgeSilence(trace, memoryGrows, evidence);
  if (trace.namelessBytes > leastNamelessBytes || trace.lostBlocks > 0 || trace.isFull) {
    return unsettled(
      trace.lostBlocks > 0 || trace.isFull
        ? "the kernel's tables filled up, so what was seen is not all"
        : 'the trace was cut before it told where memory is kept',
      'Trace for a shorter time, or again.',
    );
  }
  if (trace.atMs.length < leastCaptures) {
    return unsettled('the window was too short to tell growth from warm-up', 'Watch for 20 s or more.');
  }
  const unclear = sites.find((site) => site.state === 'unclear');
  if (unclear !== undefined) {
    return unsettled(
      `${nameOf(unclear)}: ${unclear.growth.why ?? `${unclear.count} blocks stay; too few to call it a leak`}`,
      `Watch ${Math.max(10, Math.ceil((unclear.growth.watchLongerMs ?? 30_000) / 1000))} s longer.`,
    );
  }
  if (memoryGrows) {
    return unsettled(
      `native memory grows${classText(evidence.classes)}, but not through what was probed: another allocator, or memory that was allocated before and is touched now`,
      'leakline regions shows which mappings grow.',
    );
  }
  if (trace.probe === 'page-faults') {
    return unsettled(
      'no C call made memory grow; a leak into memory that was touched before does not show in page faults',
      'Trace every allocation (--yes), or watch longer.',
    );
  }
  return {
    verdict: 'clear',
    why: `what was allocated in the window is released again, or stands still (${countsText(trace)})`,
    whatWouldSettleIt: undefined,
  };
}

function hitsOf({ hits, probe }: NativeTrace): number {
  if (probe === 'page-faults') return hits.pageFaults;
  return probe === 'mappings' ? hits.mappings : hits.allocations + hits.releases;
}

function countsText({ hits, probe }: NativeTrace): string {
  if (probe === 'mappings') return `${hits.mappings} mappings and releases seen`;
  return probe === 'memleak'
    ? `at least ${hits.allocations} allocations seen`
    : `${hits.allocations} allocations, ${hits.releases} releases seen`;
}

function judgeSilence(trace: NativeTrace, memoryGrows: boolean, { allocator, classes }: NativeEvidence): Verdict {
  const grown = memoryGrows ? `, yet native memory grows${classText(classes)}` : '';
  const next = memoryGrows
    ? 'leakline regions shows which mappings grow.'
    : 'This says nothing about leaks: watch while the program works (--for 60s).';
  if (trace.probe === 'page-faults') return unsettled(`no page fault was seen in the window${grown}`, next);
  if (trace.probe === 'mappings') {
    return unsettled(`the program has no C code, and mapped or unmapped nothing in the window${grown}`, next);
  }
  const through = allocator === undefined ? 'what was probed' : `the malloc of ${allocator.object}`;
  return unsettled(
    trace.probe === 'memleak'
      ? `memleak tells of nothing that was allocated through ${through} in the window and kept; whether its probes were hit it does not say${grown}`
      : `nothing was allocated or released through ${through} in the window${grown}`,
    next,
  );
}

function judgeSizes(grows: boolean, { classes, usesCgo }: NativeEvidence): Verdict {
  if (grows) {
    return unsettled(
      `native memory grows${classText(classes)}; sizes alone cannot say where in the code`,
      'Allow bpftrace (see below), or rebuild with CGO_CFLAGS="-g -O2 -fno-omit-frame-pointer" and run under heaptrack.',
    );
  }
  return unsettled(
    usesCgo === false
      ? 'native memory did not grow in the window, and the program has no C code'
      : 'native memory did not grow in the window; sizes alone do not exclude a slow leak',
    'Watch longer, or allow bpftrace.',
  );
}

const classNames: Record<NativeClassGrowth['class'], string> = {
  'malloc-heap': 'the heap of malloc (brk and arenas)',
  mappings: "anonymous mappings (mmap, large mallocs, Go's own tables)",
  'thread-stacks': 'stacks of threads',
  'file-mappings': 'mapped files',
  'shared-memory': 'shared memory',
  'go-heap': 'the Go heap',
  program: 'the binary and its libraries',
};

/** ': +12.0 MiB in …' of the native class that grew most. */
function classText(classes: readonly NativeClassGrowth[]): string {
  const grown = classes.find((one) => one.class !== 'go-heap' && one.lastBytes > one.firstBytes);
  return grown === undefined ? '' : `, most in ${classNames[grown.class]}`;
}

function judgeLeaking(leaking: readonly NativeSite[], trace: NativeTrace, memoryGrows: boolean): Verdict {
  if (trace.probe === 'page-faults' && !memoryGrows && leaking.every((site) => site.allocator === 'page-fault')) {
    return unsettled(
      'C code touches new memory, but native memory as a whole does not grow: it may be released and taken again',
      'Trace every allocation (--yes), or watch longer.',
    );
  }
  if (trace.probe === 'memleak' && !memoryGrows) {
    return unsettled(
      'blocks stay, but native memory as a whole does not grow, and memleak does not tell whether older ones go',
      'Install bpftrace, or watch for longer than the longest life of such a block (--for 5m).',
    );
  }
  const grownBlocks = leaking.reduce((sum, site) => sum + site.count, 0);
  if (trace.olderReleases >= balanced * grownBlocks && !memoryGrows) {
    return unsettled(
      `${trace.olderReleases} blocks from before the window were released while ${grownBlocks} new ones stayed: blocks may just live longer than the window`,
      'Watch for longer than the longest life of such a block (--for 5m).',
    );
  }
  return {
    verdict: 'leak',
    why: `${leaking.length === 1 ? 'one site keeps' : `${leaking.length} sites keep`} what ${leaking.length === 1 ? 'it allocates' : 'they allocate'}; most: ${nameOf(leaking[0]!)}`,
    // Nothing of the window can tell a leak from a batch that is given back later.
    whatWouldSettleIt: `Memory that lives longer than these ${Math.round(trace.atMs.at(-1)! / 1000)} s looks the same: for certainty, watch for longer than the longest life of such a block (--for 5m).`,
  };
}

const unsettled = (why: string, whatWouldSettleIt: string): Verdict => ({
  verdict: 'inconclusive',
  why,
  whatWouldSettleIt,
});

const nameOf = ({ names }: NativeSite): string =>
  names.goCaller?.function ?? names.cCaller?.function ?? 'a thread of C code';
