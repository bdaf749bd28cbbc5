// Operating system threads that pile up: goroutines stuck in system calls or C code, or locked to their thread.
//
//   go func() { runtime.LockOSThread(); syscall.Read(fd, buf) }()
import type { GrowthEstimate } from '../../model/growth.ts';
import type { Evidence } from '../finding.ts';
import { pidOf, unknownSite } from '../native-story.ts';
import { type Candidate, candidates, type Rule, type RuleInput } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import type { GoroutineSuspect } from '../suspects.ts';
import { stackEvidence } from './hanging-goroutine.ts';

export const threadLeak: Rule = {
  id: 'thread-leak',
  title: 'Threads that never end',
  type: 'leak',
  needs: ['goroutines'],
  about: {
    what: 'The number of operating system threads grows with goroutines that block in system calls, in C, or with a locked thread.',
    why: 'A goroutine in a blocking system call or cgo call occupies a thread; Go starts another one for the rest and never gives threads back. Each costs a stack and kernel memory; at 10 000 the runtime aborts.',
    fix: 'Use poller-aware files and connections with deadlines, bound the number of concurrent blocking calls, unlock the thread or end its goroutine.',
    falsePositives: 'Threads grow at start and with the peak number of concurrent blocking calls, then stay.',
    sources: ['https://pkg.go.dev/runtime#LockOSThread', 'https://pkg.go.dev/runtime/debug#SetMaxThreads'],
  },
  evaluate(input) {
    const { goroutines, memory, source } = input;
    if (goroutines.kind === 'not-captured') {
      return { kind: 'inconclusive', why: goroutines.why, whatWouldSettleIt: 'a goroutine profile' };
    }
    const threads = memory.kind === 'captured' ? memory.value.quantities.get('threads') : undefined;
    const growing = threads?.estimate.shape === 'growing';
    const found = goroutines.value
      .filter(
        (suspect) => holdsThread(suspect) || (growing && locks(suspect, source.functionAround(suspect.group.entry))),
      )
      .map((suspect): Candidate => {
        const at = suspect.group.userFrame ?? suspect.group.blocked;
        return {
          kind: 'threads',
          heapKeys: [],
          goroutineKeys: [suspect.key],
          pattern: growing ? 'both' : 'stack',
          permanence: 'permanent',
          title: `Goroutines at ${placeName(at)} each occupy a thread and never end`,
          site: siteOf('blocks', at),
          sites: distinctSites([
            siteOf('blocks', at),
            suspect.spawn === undefined ? undefined : siteOf('spawns', suspect.spawn),
            siteOf('blocks', suspect.group.entry),
          ]),
          holder: {
            root: 'operating system thread',
            path: [suspect.group.entry.functionName],
            retainedBytes: undefined,
          },
          evidence: [
            stackEvidence(suspect),
            ...waitEvidence(input),
            ...(threads === undefined || !growing
              ? []
              : [
                  {
                    kind: 'growth' as const,
                    supports: true,
                    what: 'threads of the process',
                    unit: 'threads' as const,
                    perSecond: threads.estimate.perSecond,
                    low: threads.estimate.perSecondLow,
                    high: threads.estimate.perSecondHigh,
                    captures: threads.estimate.captures,
                    pValue: threads.estimate.pValue,
                    atMs: [...(memory.kind === 'captured' ? memory.value.atMs : [])],
                    values: [...threads.series],
                  },
                ]),
          ],
          specificity: 4,
        };
      });
    if (found.length === 0 && growing && threads !== undefined && threads.estimate.delta >= leastThreads)
      found.push(withoutGoroutines(input, threads.estimate));
    return candidates(found, goroutines.value.length, 'no goroutines pile up that occupy a thread');
  },
};

/** Fewer come and go with the load. */
const leastThreads = 8;
/** A thread that waits: 8 KiB of its stack and 16 KiB of the kernel's, as measured on amd64. */
const bytesPerThread = 24 * 1024;
const threadsKey = 'threads';

/** Threads of C code, or of goroutines that are gone: the count grows, and no goroutine says why. */
function withoutGoroutines(input: RuleInput, threads: GrowthEstimate): Candidate {
  const scaled = (count: number): number => count * bytesPerThread;
  const bytes: GrowthEstimate = {
    ...threads,
    first: scaled(threads.first),
    last: scaled(threads.last),
    max: scaled(threads.max),
    delta: scaled(threads.delta),
    deltaLow: scaled(threads.deltaLow),
    deltaHigh: scaled(threads.deltaHigh),
    perSecond: scaled(threads.perSecond),
    perSecondLow: scaled(threads.perSecondLow),
    perSecondHigh: scaled(threads.perSecondHigh),
    latePerSecond: scaled(threads.latePerSecond),
    latePerSecondLow: scaled(threads.latePerSecondLow),
  };
  return {
    kind: 'threads',
    heapKeys: [],
    goroutineKeys: [],
    pattern: 'shape',
    permanence: 'unknown',
    title: `${Math.round(threads.delta)} more threads, and no goroutine that occupies them`,
    site: { ...unknownSite, role: 'blocks' },
    sites: [],
    measured: { what: 'memory of threads, at 24 KiB each', bytes },
    outside: { key: threadsKey, frames: [], blocksPerSecond: undefined },
    evidence: [
      ...waitEvidence(input),
      {
        kind: 'missing',
        supports: true,
        what: 'who starts the threads is not known: C code probably (pthread_create)',
        wouldSettle: `sudo gdb -p ${pidOf(input)} -batch -ex "thread apply all bt 12"`,
      },
    ],
    specificity: 2,
  };
}

function waitEvidence({ threads }: RuleInput): readonly Evidence[] {
  if (threads.kind === 'not-captured') return [];
  const { first, last, waits } = threads.value;
  const [most] = waits;
  if (last <= first) return [];
  const where =
    most === undefined || most.last <= most.first
      ? ''
      : `; ${most.last} of them wait in the kernel's ${most.waitsIn}, ${most.first} before`;
  return [{ kind: 'process', supports: true, what: `the process has ${last} threads, ${first} before${where}` }];
}

function holdsThread({ group }: GoroutineSuspect): boolean {
  return (
    group.lockedToThread ||
    group.state === 'syscall' ||
    group.exampleStack.some((f) =>
      /^(runtime\.cgocall|syscall\.(Syscall6?|syscall|RawSyscall6?))$/.test(f.functionName),
    )
  );
}

function locks(_: GoroutineSuspect, facts: { calls: readonly { callee: string }[] } | undefined): boolean {
  return facts?.calls.some((call) => call.callee === 'runtime.LockOSThread') ?? false;
}
