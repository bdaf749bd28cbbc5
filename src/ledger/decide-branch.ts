// From the growth of the classes to the next step: which kind of memory to look into, or the name of what only looks like
// a leak. Growth decides before size: what is large and stands still is no leak.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatDuration } from '../base/format-duration.ts';
import type { LedgerBranch, LedgerBranchKind, LedgerClass } from '../model/ledger.ts';

export interface ClassChange {
  readonly bytes: number;
  /** Over the time that was watched; 0 unless it stands out of the noise. */
  readonly grownBytes: number;
}

export interface BranchFacts {
  readonly classes: ReadonlyMap<LedgerClass, ClassChange>;
  readonly rssBytes: number;
  readonly rssGrownBytes: number;
  /** 0 with a single look. */
  readonly watchedMs: number;
  readonly threads: number | undefined;
  readonly threadsStarted: number;
  /** Collections while it was watched; undefined when the runtime was not asked. */
  readonly collections: number | undefined;
  readonly isGo: boolean;
  /** The process makes up most of its cgroup: its page cache is probably of this process's doing. */
  readonly ownsCgroup: boolean;
}

interface Candidate {
  readonly kind: LedgerBranchKind;
  readonly grownBytes: number;
  readonly why: string;
}

/** A class that makes up this much of RSS names the state of a process that does not grow. */
const dominantShare = 0.4;
const smallestDominantBytes = 16 * 1024 * 1024;
/** A dashboard that shows the cgroup's usage shows mostly cache then. */
const cacheTimesRss = 2;
/** Our own requests make a small heap move by that much. */
const stirredBytes = 4 * 1024 * 1024;
const fewThreads = 8;
/** What a blocked thread costs, roughly: its stack, the runtime's share of it, its malloc arena. */
const bytesPerThread = 128 * 1024;
/** Goroutines that pile up drag heap along: from this share on the stacks are the cause. */
const stackShareOfCause = 0.1;

export function decideBranch(facts: BranchFacts): LedgerBranch {
  const leaks = leakCandidates(facts);
  const largest = leaks.reduce<Candidate | undefined>(
    (best, candidate) => (best === undefined || candidate.grownBytes > best.grownBytes ? candidate : best),
    undefined,
  );
  if (largest !== undefined) return { kind: largest.kind, why: largest.why };
  return explainedGrowth(facts) ?? standing(facts) ?? rest(facts);
}

function leakCandidates(facts: BranchFacts): readonly Candidate[] {
  const grown = (...names: readonly LedgerClass[]): number =>
    names.reduce((sum, name) => sum + Math.max(0, facts.classes.get(name)?.grownBytes ?? 0), 0);
  const rate = (bytes: number): string =>
    `${formatBytes(bytes)} in ${formatDuration(facts.watchedMs)} (${formatByteRate(bytes / (facts.watchedMs / 1000))})`;
  const candidates: Candidate[] = [];
  const add = (kind: LedgerBranchKind, grownBytes: number, why: string): void => {
    if (grownBytes > 0) candidates.push({ kind, grownBytes, why });
  };

  const stacks = grown('goroutine-stacks');
  const heap = grown('go-heap-live');
  const everything = Math.max(heap, stacks, grown('malloc'), grown('other-native'));
  if (facts.threadsStarted >= fewThreads && facts.threadsStarted * bytesPerThread >= everything)
    add(
      'threads',
      Math.max(everything + 1, facts.threadsStarted * bytesPerThread),
      `The process started ${facts.threadsStarted} threads in ${formatDuration(facts.watchedMs)} and has ${facts.threads} now: calls into C or the system that do not return.`,
    );
  else if (stacks > 0 && stacks >= stackShareOfCause * heap)
    add(
      'goroutines',
      Math.max(stacks, heap) + 1,
      `Goroutine stacks grew by ${rate(stacks)}${heap > 0 ? `, and the live heap by ${formatBytes(heap)} along with them` : ''}: goroutines pile up, or recurse deeper.`,
    );
  add('go-heap', heap, `The live Go heap grew by ${rate(heap)}: objects that survive collections.`);
  // What no collection has seen is judged below, with garbage.
  const whole = facts.collections === 0 ? 0 : grown('go-heap');
  add(
    'go-heap',
    whole,
    `The Go heap grew by ${rate(whole)}. Whether it is live, garbage${facts.collections === undefined ? ' or goroutine stacks' : ''} is not known yet.`,
  );
  const malloc = grown('malloc');
  const mapped = grown('other-native');
  add(
    'native',
    malloc + mapped,
    `Memory outside of the Go heap grew by ${rate(malloc + mapped)}${malloc > 0 && mapped > 0 ? '' : malloc > 0 ? ', all of it in malloc' : ', in anonymous mappings'}.`.replace(
      'outside of the Go heap',
      facts.isGo ? 'outside of the Go heap' : 'from malloc and mmap',
    ),
  );
  const files = grown('file-mappings', 'shmem');
  add(
    'files',
    files,
    `Mapped files and shared memory grew by ${rate(files)}: mappings that are read, or not unmapped.`,
  );
  const threadStacks = grown('thread-stacks');
  add(
    'threads',
    threadStacks,
    `Stacks of threads grew by ${rate(threadStacks)}; the process has ${facts.threads ?? '?'} threads.`,
  );
  return candidates;
}

/** RSS grows, and not by what is kept. */
function explainedGrowth(facts: BranchFacts): LedgerBranch | undefined {
  const grown = (name: LedgerClass): number => facts.classes.get(name)?.grownBytes ?? 0;
  const span = formatDuration(facts.watchedMs);
  const parts = (['go-heap', 'go-heap-garbage', 'go-heap-idle', 'go-heap-waste'] as const).filter(
    (name) => grown(name) >= stirredBytes,
  );
  const largest = [...parts].sort((a, b) => grown(b) - grown(a))[0];
  if (largest !== undefined && facts.rssGrownBytes > 0) {
    const bytes = formatBytes(grown(largest));
    if (largest === 'go-heap-idle')
      return {
        kind: 'idle-heap-not-returned',
        why: `Freed heap that is not yet returned grew by ${bytes} in ${span}: a spike went by. The runtime returns it over the next minutes.`,
      };
    if (largest === 'go-heap-waste')
      return {
        kind: 'fragmentation',
        why: `Free slots in spans that are in use grew by ${bytes} in ${span}: few objects hold many spans.`,
      };
    if ((facts.collections ?? 0) > 0)
      return {
        kind: 'gc-headroom',
        why: `The heap grew by ${bytes} in ${span} towards its next collection; what survives collections did not grow.`,
      };
    return {
      kind: 'undecided',
      why: `The heap grew by ${bytes} in ${span}, and no collection ran in that time: what of it is live is not known yet. Watch longer: --for 2m.`,
    };
  }
  const cache = grown('cgroup-page-cache');
  if (cache > 0 && facts.ownsCgroup)
    return {
      kind: 'page-cache',
      why: `The page cache of the cgroup grew by ${formatBytes(cache)} in ${span}, the process itself did not. The kernel takes it back.`,
    };
  return undefined;
}

/** Nothing grows, or nobody watched: what the memory mostly is. */
function standing(facts: BranchFacts): LedgerBranch | undefined {
  const isDominant = (bytes: number): boolean =>
    bytes >= smallestDominantBytes && bytes >= dominantShare * facts.rssBytes;
  const bytes = (name: LedgerClass): number => facts.classes.get(name)?.bytes ?? 0;
  const still = facts.watchedMs > 0 ? `Nothing grew in ${formatDuration(facts.watchedMs)}. ` : '';
  const share = (name: LedgerClass): string =>
    `${formatBytes(bytes(name))} of ${formatBytes(facts.rssBytes)} (${Math.round((bytes(name) / facts.rssBytes) * 100)} %)`;
  if (isDominant(bytes('go-heap-idle')))
    return {
      kind: 'idle-heap-not-returned',
      why: `${still}${share('go-heap-idle')} is free heap that Go has not returned yet: the rest of a spike, no leak.`,
    };
  if (isDominant(bytes('go-heap-waste')))
    return {
      kind: 'fragmentation',
      why: `${still}${share('go-heap-waste')} is free slots in spans that a few objects keep: fragmentation.`,
    };
  if (isDominant(bytes('go-heap-garbage')))
    return {
      kind: 'gc-headroom',
      why: `${still}${share('go-heap-garbage')} is garbage, or new since the last collection: headroom of the collector (GOGC, GOMEMLIMIT).`,
    };
  if (isDominant(bytes('file-mappings')))
    return {
      kind: 'page-cache',
      why: `${still}${share('file-mappings')} is mapped files: page cache that the kernel takes back when memory is short.`,
    };
  if (
    facts.watchedMs > 0 &&
    facts.rssGrownBytes <= 0 &&
    facts.ownsCgroup &&
    bytes('cgroup-page-cache') > cacheTimesRss * facts.rssBytes
  )
    return {
      kind: 'page-cache',
      why: `${still}The cgroup holds ${formatBytes(bytes('cgroup-page-cache'))} of page cache beside the process: not its memory, and taken back when short.`,
    };
  return undefined;
}

function rest(facts: BranchFacts): LedgerBranch {
  if (facts.watchedMs === 0)
    return { kind: 'undecided', why: 'One look says where memory is, not what grows. Watch it: --for 10s.' };
  if (facts.rssGrownBytes >= stirredBytes)
    return {
      kind: 'undecided',
      why: `RSS grew by ${formatBytes(facts.rssGrownBytes)} in ${formatDuration(facts.watchedMs)}, spread over classes that stay in the noise. Watch longer: --for 2m.`,
    };
  return {
    kind: 'steady',
    why: `Nothing grew in ${formatDuration(facts.watchedMs)}. A slow leak needs a longer look: --for 5m.`,
  };
}
