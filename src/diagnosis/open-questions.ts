// What the evidence as a whole leaves open, whatever single rules say: too few captures, a total that moves without any
// site to blame, memory that grows outside the Go heap. Each says what would settle it. Their rule names begin with
// `total-`, and any of them keeps a run without findings from being called clear.
import type { GrowthEstimate } from '../model/growth.ts';
import type { LedgerClass, LedgerGrowth } from '../model/ledger.ts';
import { fastestContainer, growthText } from './container-counts.ts';
import type { DiagnosisInput } from './diagnosis-input.ts';
import type { Finding, InconclusiveStatement } from './finding.ts';
import { leastPoints, stacksStandStill, tracedBy, tracedHeap } from './traced-heap.ts';

const mebibyte = 1024 * 1024;

export function openQuestions(input: DiagnosisInput, findings: readonly Finding[]): readonly InconclusiveStatement[] {
  const open: InconclusiveStatement[] = [];
  const { heap, goroutines, memory } = input;
  const traced = heap.kind === 'not-captured' ? tracedHeap(memory) : undefined;
  const isWalked = input.walk.kind === 'captured';
  const by = tracedBy(input.walk);
  if (traced !== undefined) {
    if (traced.shape === 'unclear')
      open.push({
        rule: 'total-heap',
        why: `the live heap by ${by}: ${traced.why ?? 'too little data'}`,
        whatWouldSettleIt: isWalked
          ? watch(traced)
          : 'a longer log of the same start, or heap profiles of the running service',
      });
    else if (traced.captures < leastPoints(input.walk))
      open.push({
        rule: 'total-heap',
        why: `${traced.captures} ${isWalked ? 'walks' : 'garbage collections'} cannot tell growth from warm-up`,
        whatWouldSettleIt: isWalked ? 'watch longer (--for 3m)' : 'a longer log',
      });
    else if (traced.shape === 'growing' && !findings.some((finding) => finding.confidence >= 0.5))
      open.push({
        rule: 'total-heap',
        why: `the live heap grows by ${by}, too briefly to tell it from a cache that fills or a buffer that is flushed`,
        whatWouldSettleIt: isWalked
          ? 'watch longer (--for 3m)'
          : 'a log of more than two minutes, or heap profiles of the running service',
      });
  } else if (heap.kind === 'not-captured' && goroutines.kind === 'not-captured') {
    open.push(
      input.ledger.kind === 'captured'
        ? heapUnseen(input.ledger.value)
        : {
            rule: 'total-evidence',
            why: `neither heap nor goroutines were captured: ${heap.why}`,
            whatWouldSettleIt: 'a heap or goroutine profile',
          },
    );
  } else if (heap.kind === 'not-captured') {
    open.push({ rule: 'total-heap', why: heap.why, whatWouldSettleIt: 'a heap profile' });
  }
  if (heap.kind === 'captured') {
    const total = heap.value.total;
    const counted = walkedGrowth(input, total);
    const told = findings.some(({ confidence }) => confidence >= 0.5);
    if (counted !== undefined && !told)
      open.push({
        rule: 'total-heap',
        why: `the live heap grows, too little to be blamed on a line by samples; ${counted}. Two counts are no trend: a cache that fills and a queue in a burst look the same`,
        whatWouldSettleIt: watch(total),
      });
    else if (total.shape === 'unclear') open.push(unclear('total-heap', 'the live heap', total));
    else if (total.shape === 'growing' && findings.length === 0) {
      open.push({
        rule: 'total-heap',
        why: `the live heap grows (${(total.perSecond / 1024).toFixed(0)} KiB/s), but no single line grows enough to be blamed`,
        whatWouldSettleIt: watch(total),
      });
    }
  }
  const settledByTrace = traced !== undefined && stacksStandStill(memory);
  if (goroutines.kind === 'captured' && goroutines.value.total.shape === 'unclear' && !settledByTrace) {
    open.push(unclear('total-goroutines', 'the number of goroutines', goroutines.value.total));
  }
  if (input.ledger.kind === 'captured') {
    const told = findings.some(({ kind, confidence }) => kind === 'native' && confidence >= 0.5);
    if (!told) open.push(...openClasses(input, input.ledger.value));
  } else if (memory.kind === 'captured' && !findings.some((finding) => finding.confidence >= 0.5)) {
    const outside = growthOutsideHeap(input);
    if (outside !== undefined) open.push(outside);
  }
  return open;
}

/** Of the container that got most, where the whole heap grows at least half as much: else something shrinks for it. */
function walkedGrowth({ walk }: DiagnosisInput, total: GrowthEstimate): string | undefined {
  if (walk.kind === 'not-captured' || (total.shape !== 'growing' && total.shape !== 'unclear')) return undefined;
  const counted = fastestContainer(walk.value);
  const { earlier } = counted ?? {};
  if (counted === undefined || earlier === undefined) return undefined;
  const perSecond = (counted.retainedBytes - earlier.retainedBytes) / earlier.seconds;
  return total.perSecond >= perSecond / 2 ? growthText(counted) : undefined;
}

/** A process without pprof: what the ledger says of its Go heap is all there is. */
function heapUnseen({ ledger }: LedgerGrowth): InconclusiveStatement {
  const { target, branch } = ledger;
  const isGo = target.goVersion !== undefined;
  const grows = branch.kind === 'go-heap' || branch.kind === 'goroutines' ? `. ${branch.why.replace(/\.$/, '')}` : '';
  return {
    rule: 'total-evidence',
    why: isGo
      ? `what the Go heap keeps was not seen, the process serves no pprof${grows}`
      : 'it is no Go program, and nothing is known of a heap that it manages itself',
    whatWouldSettleIt: isGo
      ? `sudo leakline heap ${target.pid} walks its heap without pprof; or import _ "net/http/pprof" and watch it again`
      : 'the profiler of its own language',
  };
}

const outsideClasses: readonly (readonly [LedgerClass, string])[] = [
  ['malloc', 'C memory (malloc)'],
  ['other-native', 'anonymous mappings outside the Go heap'],
  ['shmem', 'shared memory'],
];

/** Memory outside the Go heap that moves too much to be passed over, and not clearly enough to be a finding. */
function openClasses({ native }: DiagnosisInput, { classes }: LedgerGrowth): readonly InconclusiveStatement[] {
  return outsideClasses.flatMap(([name, words]) => {
    const estimate = classes.get(name)?.estimate;
    if (estimate === undefined || estimate.shape !== 'unclear' || estimate.deltaLow < 2 * mebibyte) return [];
    if (native.kind === 'captured' && native.value.verdict === 'clear') return [];
    return [unclear('total-native', words, estimate)];
  });
}

function unclear(rule: string, what: string, estimate: GrowthEstimate): InconclusiveStatement {
  return { rule, why: `${what}: ${estimate.why ?? 'too little data'}`, whatWouldSettleIt: watch(estimate) };
}

function watch(estimate: GrowthEstimate): string {
  const longer = estimate.watchLongerMs;
  if (longer === undefined) return 'watch longer (--for 2m)';
  const seconds = Math.ceil((estimate.spanMs + longer) / 1000);
  return `watch longer: --for ${seconds < 120 ? `${Math.max(30, Math.ceil(seconds / 10) * 10)}s` : `${Math.ceil(seconds / 60)}m`}`;
}

/** Resident memory that grows while the Go heap, its idle part and stacks do not explain it. */
function growthOutsideHeap({ memory, heap }: DiagnosisInput): InconclusiveStatement | undefined {
  if (memory.kind === 'not-captured' || heap.kind === 'not-captured') return undefined;
  const anon = memory.value.quantities.get('rss-anon')?.estimate ?? memory.value.quantities.get('rss')?.estimate;
  if (anon === undefined || anon.shape !== 'growing') return undefined;
  const runtime = memory.value.quantities.get('heap-inuse')?.estimate;
  const stacks = memory.value.quantities.get('stack-inuse')?.estimate;
  const explained = Math.max(runtime?.delta ?? 0, heap.value.total.delta, 0) + Math.max(stacks?.delta ?? 0, 0);
  const rest = anon.deltaLow - explained * 1.2;
  if (rest < 2 * mebibyte) return undefined;
  return {
    rule: 'total-rss',
    why: `resident memory grew by ${(anon.delta / mebibyte).toFixed(1)} MiB, the Go heap by ${(explained / mebibyte).toFixed(1)} MiB: memory outside the Go heap grows (C code, mmap, thread stacks)`,
    whatWouldSettleIt: 'leakline ledger PID says which class grows, sudo leakline native PID who allocates it',
  };
}
