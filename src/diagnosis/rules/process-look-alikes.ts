// Resident memory that looks like a leak from outside and is none: what only the operating system's side can tell. Each
// ends as clear with its reason, and takes no finding away.
import { formatBytes } from '../../base/format-bytes.ts';
import type { LedgerGrowth } from '../../model/ledger.ts';
import { candidates, type Outcome, type Rule, type RuleInput } from '../rule.ts';
import { branchOf } from './look-alikes.ts';

const noAdvice = 'Nothing to fix.';
const notableBytes = 1024 * 1024;
/** A limit is what holds memory when this much of it is used. */
const nearLimit = 0.8;

function ofLedger(input: RuleInput, judge: (ledger: LedgerGrowth) => Outcome): Outcome {
  return input.ledger.kind === 'captured'
    ? judge(input.ledger.value)
    : { kind: 'inconclusive', why: input.ledger.why, whatWouldSettleIt: 'the mappings of the process' };
}

/** Looked at, and not it. */
const not = (why: string): Outcome => candidates([], 0, why);

export const fragmentation: Rule = {
  id: 'fragmentation',
  title: 'Fragmented Go heap',
  type: 'look-alike',
  needs: ['ledger'],
  about: {
    what: 'Spans of the heap are in use for few objects each: the heap takes more memory than its objects.',
    why: 'Go’s allocator gives each span to one size of objects. After a peak, a few survivors keep many spans.',
    fix: 'Nothing to free. Allocate what lives long apart from what lives short, or restart after the peak.',
    falsePositives:
      'None: the runtime counts free slots itself. What survives may be a leak of its own, which other rules tell.',
    sources: ['https://github.com/golang/go/issues/18896', 'https://go.dev/doc/gc-guide'],
  },
  evaluate: (input) =>
    branchOf(input, 'fragmentation') ??
    ofLedger(input, () => not('free slots in used spans are not what takes memory')),
};

export const pageCache: Rule = {
  id: 'page-cache',
  title: 'Page cache of files',
  type: 'look-alike',
  needs: ['ledger'],
  about: {
    what: 'Pages of files that the process reads or has mapped count as resident, or in its cgroup.',
    why: 'The kernel keeps file pages as long as memory is free, and drops them when it is short. Memory-mapped databases grow this way.',
    fix: 'Nothing to free. Watch anonymous memory (RssAnon, memory.stat anon) instead of RSS or the cgroup’s usage.',
    falsePositives: 'More and more mappings are a leak (file-mapping); dirty pages and tmpfs cannot be dropped.',
    sources: ['https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files'],
  },
  evaluate: (input) =>
    ofLedger(input, (ledger) => {
      const { resident, mappings } = ledger.allFiles;
      const file = ledger.files[0];
      if (resident.delta >= notableBytes && mappings.shape !== 'growing' && file !== undefined)
        return candidates(
          [],
          1,
          `${formatBytes(resident.delta)} more of mapped files is resident, mostly ${file.name}; no mapping was added: page cache that the kernel takes back`,
        );
      return branchOf(input, 'page-cache') ?? not('file pages are not what grows');
    }),
};

export const mallocArenas: Rule = {
  id: 'malloc-arenas',
  title: 'C allocator that filled up',
  type: 'look-alike',
  needs: ['ledger'],
  about: {
    what: 'Memory of the C allocator grew and then stopped.',
    why: 'glibc gives threads arenas of their own (up to eight per core) and keeps what is freed for the next malloc; C libraries have caches, too.',
    fix: 'Nothing to fix. MALLOC_ARENA_MAX=2 keeps it smaller where many threads call C.',
    falsePositives: 'A leak that pauses with the load: watch under the load that made it grow.',
    sources: ['https://man7.org/linux/man-pages/man3/mallopt.3.html'],
  },
  evaluate: (input) =>
    ofLedger(input, ({ classes }) => {
      const growth = classes.get('malloc')?.estimate;
      if (growth !== undefined && growth.shape === 'plateau' && growth.delta >= notableBytes)
        return candidates(
          [],
          1,
          `C memory (malloc) grew by ${formatBytes(growth.delta)} and stopped: arenas or a cache that filled up`,
        );
      return not('no allocator filled up while it was watched');
    }),
};

export const memoryLimit: Rule = {
  id: 'memory-limit',
  title: 'Heap that grows up to GOMEMLIMIT',
  type: 'look-alike',
  needs: ['ledger'],
  about: {
    what: 'With GOMEMLIMIT (and GOGC=off, often) the heap grows up to the limit before it is collected.',
    why: 'The limit is a goal: the runtime uses the memory that it may use, and collects in time to stay below.',
    fix: noAdvice,
    falsePositives:
      'When what survives collections comes near the limit, the collector runs all the time: then the live heap grows, which other rules tell.',
    sources: ['https://go.dev/doc/gc-guide#Memory_limit'],
  },
  evaluate: (input) =>
    ofLedger(input, ({ ledger, classes }) => {
      const limit = input.limits.find((one) => one.kind === 'gomemlimit');
      if (limit === undefined) return not('no GOMEMLIMIT in the environment of the process');
      const live = input.heap.kind === 'captured' ? input.heap.value.total : classes.get('go-heap-live')?.estimate;
      const flat = live !== undefined && live.shape !== 'growing' && live.shape !== 'unclear';
      if (flat && ledger.rssBytes >= nearLimit * limit.limitBytes)
        return candidates(
          [],
          1,
          `GOMEMLIMIT is ${formatBytes(limit.limitBytes)}, ${formatBytes(ledger.rssBytes)} is resident, of it ${formatBytes(live.last)} live heap: the heap may grow up to its limit`,
        );
      return not(`memory is far below GOMEMLIMIT (${formatBytes(limit.limitBytes)})`);
    }),
};
