// Growth that is not a leak, named so that the reader need not wonder. Each ends as clear with its reason; none can
// take a finding away: a rule that sees real growth has already spoken.
import type { HeapSite } from '../../model/growth.ts';
import type { LedgerBranchKind } from '../../model/ledger.ts';
import { candidates, type Outcome, type Rule, type RuleInput } from '../rule.ts';
import { placeName } from '../sites.ts';

const noAdvice = 'Nothing to fix.';

function siteShapes(
  input: RuleInput,
  wanted: (site: HeapSite) => boolean,
  phrase: (site: HeapSite) => string,
  none: string,
): Outcome {
  if (input.heap.kind === 'not-captured') {
    return { kind: 'inconclusive', why: input.heap.why, whatWouldSettleIt: 'a heap profile' };
  }
  const found = input.heap.value.sites.filter(wanted);
  const first = found[0];
  return candidates([], found.length, first === undefined ? none : phrase(first));
}

/** The ledger has found that this is where resident memory went, and why it is no leak. */
export function branchOf({ ledger }: RuleInput, kind: LedgerBranchKind): Outcome | undefined {
  if (ledger.kind === 'not-captured' || ledger.value.ledger.branch.kind !== kind) return undefined;
  return candidates([], 1, ledger.value.ledger.branch.why);
}

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
const notable = 1024 * 1024;

export const warmingCache: Rule = {
  id: 'warming-cache',
  title: 'Cache or pool that filled up',
  type: 'look-alike',
  needs: ['heap'],
  about: {
    what: 'Memory grew and then stopped growing while it was watched.',
    why: 'Caches, pools and tables fill up to their bound after a start or a change of load.',
    fix: noAdvice,
    falsePositives: 'A leak that pauses with the load: watch under the load that made it grow.',
    sources: ['https://go.dev/doc/gc-guide'],
  },
  evaluate: (input) =>
    siteShapes(
      input,
      (site) => site.bytes.shape === 'plateau' && site.bytes.delta >= notable,
      (site) =>
        `${placeName(site.blamed)} grew by ${mib(site.bytes.delta)} and stopped: a cache or pool that filled up`,
      'nothing filled up while it was watched',
    ),
};

export const burst: Rule = {
  id: 'burst',
  title: 'Burst that was freed again',
  type: 'look-alike',
  needs: ['heap'],
  about: {
    what: 'Memory went up and came down again while it was watched.',
    why: 'A batch or a large request needs memory for a time. The process keeps the pages for a while after the heap has freed them.',
    fix: noAdvice,
    falsePositives: 'None that a longer watch would not show.',
    sources: ['https://go.dev/doc/gc-guide'],
  },
  evaluate: (input) =>
    siteShapes(
      input,
      (site) =>
        (site.bytes.shape === 'burst' || site.bytes.shape === 'falling') && site.bytes.max - site.bytes.last >= notable,
      (site) => `${placeName(site.blamed)} held ${mib(site.bytes.max)} for a time and gave it back`,
      'no burst was seen',
    ),
};

export const gcHeadroom: Rule = {
  id: 'gc-headroom',
  title: 'Garbage between two collections',
  type: 'look-alike',
  needs: ['heap', 'memory'],
  about: {
    what: 'The heap in use rises and falls between collections while the live heap is flat.',
    why: 'With GOGC=100 the heap may grow to twice the live heap before the next collection.',
    fix: noAdvice,
    falsePositives: 'None: the live heap decides.',
    sources: ['https://go.dev/doc/gc-guide'],
  },
  evaluate(input) {
    const { heap, memory } = input;
    const branch = branchOf(input, 'gc-headroom');
    if (branch !== undefined) return branch;
    if (heap.kind === 'not-captured' || memory.kind === 'not-captured') {
      return { kind: 'inconclusive', why: 'heap or memory statistics were not captured', whatWouldSettleIt: 'both' };
    }
    const alloc = memory.value.quantities.get('heap-alloc')?.estimate;
    if (alloc?.shape === 'growing' && (heap.value.total.shape === 'flat' || heap.value.total.shape === 'plateau')) {
      return candidates([], 1, 'allocated bytes rise, the live heap does not: garbage that the next collection frees');
    }
    return candidates([], 1, 'allocated bytes and live heap tell the same story');
  },
};

export const idleHeapNotReturned: Rule = {
  id: 'idle-heap-not-returned',
  title: 'Idle heap that is returned slowly',
  type: 'look-alike',
  needs: ['memory'],
  about: {
    what: 'The heap is small again, but the process still holds pages that it used before.',
    why: 'The runtime returns idle pages to the operating system slowly, to reuse them cheaply.',
    fix: 'Nothing to fix; set GOMEMLIMIT to make the runtime return memory earlier.',
    falsePositives: 'None: idle pages are counted by the runtime itself.',
    sources: ['https://github.com/golang/go/issues/30333', 'https://go.dev/doc/gc-guide'],
  },
  evaluate(input) {
    const { memory } = input;
    const branch = branchOf(input, 'idle-heap-not-returned');
    if (branch !== undefined) return branch;
    if (memory.kind === 'not-captured') {
      return { kind: 'inconclusive', why: memory.why, whatWouldSettleIt: 'memory statistics of the runtime' };
    }
    const idle = memory.value.quantities.get('heap-idle')?.estimate;
    const released = memory.value.quantities.get('heap-released')?.estimate;
    const inuse = memory.value.quantities.get('heap-inuse')?.estimate;
    if (idle === undefined || released === undefined)
      return candidates([], 1, 'the runtime did not say how much heap is idle');
    const held = idle.last - released.last;
    if (held > 4 * notable && held > (inuse?.last ?? 0)) {
      return candidates([], 1, `${mib(held)} of idle heap are not yet returned to the operating system`);
    }
    return candidates([], 1, 'little idle heap is held back');
  },
};
