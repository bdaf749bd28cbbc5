// Causes that a heap walk proves: what it shows leaves no other explanation. Each cause that can be proven has a line here.
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import type { HeapFacts, HeldObjects, TimerHold } from '../model/heap-facts.ts';
import { provesCut } from './cut-arrays.ts';
import type { Evidence } from './finding.ts';
import { losesElements } from './lost-elements.ts';
import { poolsOversized } from './pooled-buffers.ts';
import type { Candidate } from './rule.ts';
import { placeName } from './sites.ts';
import { isQueued } from './walk-story.ts';

/** What a proof may look at: the cause, who holds what it is about, and for how long that was seen to grow. */
export interface ProofInput {
  readonly rule: string;
  readonly candidate: Pick<Candidate, 'evidence' | 'pattern' | 'staysCut' | 'unanswered'>;
  readonly held: HeldObjects;
  readonly facts: Pick<HeapFacts, 'finalizer'>;
  readonly spanMs: number;
}

/** Fewer may be requests that were just ended: their cancel function has run, and the parent is about to forget them. */
const leastForsaken = 20;
/** Fewer timers may be one that is used again and again, or a handful that were just set. */
const leastTimers = 3;
const leastPending = 20;
/** Timers that fire sooner may end by themselves what is seen to grow. */
const leastSpansToFire = 3;
/** A finalizer that waits for less may be slow, or wait for the program to get ready. */
const leastWaitMs = 10_000;
const leastShareOfSpan = 0.5;
const leastQueued = 20;

/**
 * No other explanation is left: nothing but its own finalizer leads to it, and from there it leads back; or everything that
 * is alive and leads to the array sees only a part of it; or only slots that no slice shows lead to it; or nobody has the
 * function that would cancel it; or nothing but timers leads to it; or it waits for a finalizer behind one that waits itself;
 * or nothing but a pool holds it, far larger than what it was used for.
 */
export function proves(input: ProofInput): boolean {
  const { rule, held, candidate } = input;
  switch (rule) {
    case 'finalizer-cycle':
      return held.rootKind === 'special' && held.selfKept > 0;
    case 'finalizer-blocked':
      return waitsBehind(input) !== undefined;
    case 'context-not-cancelled':
      return held.forsaken >= leastForsaken;
    case 'lost-slice-elements':
      return losesElements(held, candidate.pattern === 'source');
    case 'sync-pool-oversized':
      return poolsOversized(held);
    case 'unstopped-ticker':
    case 'timer-after-in-loop':
    case 'timer-long-lived':
      return timersProve(input);
    default:
      return provesCut(rule, held, candidate);
  }
}

/** The facts behind a proof of a timer or a finalizer. */
export function proofEvidence(input: ProofInput): readonly Evidence[] {
  const { timers } = input.held;
  if (timers !== undefined && timersProve(input)) {
    const endsByItself = timers.firesInMs !== undefined && !pendingTicks.test(timers.name);
    const fires = endsByItself ? `, ${whenFires(timers.firesInMs)}` : '';
    return proof(
      `nothing but timers holds the sampled objects, so nobody can stop these: ${formatCount(timers.pending)} wait (${timers.name})${fires}`,
      timers.pending,
    );
  }
  const finalizer = waitsBehind(input);
  if (finalizer === undefined) return mayBeServed(input);
  const { at, state, waitedMs, queued } = finalizer;
  return proof(
    `one finalizer has waited for ${formatDuration(waitedMs)} (${state}${at === undefined ? '' : ` at ${placeName(at)}`}); ${formatCount(queued)} are queued behind it, and hold these objects`,
    queued,
  );
}

const proof = (what: string, count: number): readonly Evidence[] => [
  { kind: 'runtime-proof', supports: true, what, count },
];

const whenFires = (ms: number): string =>
  Number.isFinite(ms) ? `the first of them fires in ${formatDuration(ms)}` : 'and never fire';

/** Timers of one kind are what holds these objects, each its own, and none of them ends that soon. */
export const holdsUntilFar = (timers: TimerHold | undefined, kind: RegExp, spanMs: number): boolean =>
  holds(timers, kind) && timers.firesInMs !== undefined && timers.firesInMs >= leastSpansToFire * spanMs;

/** `time.AfterFunc main.expire`. */
export const pendingFunction = /^time\.AfterFunc\b/;
const pendingSend = /^time\.Timer$/;
const pendingTicks = /^time\.Ticker$/;

const holds = (timers: TimerHold | undefined, kind: RegExp): timers is TimerHold =>
  timers !== undefined && timers.timers >= leastTimers && timers.pending >= leastPending && kind.test(timers.name);

function timersProve({ rule, candidate, held: { timers }, spanMs }: ProofInput): boolean {
  switch (rule) {
    case 'unstopped-ticker':
      return keepsTimers(candidate) && holds(timers, pendingTicks);
    case 'timer-after-in-loop':
      return keepsTimers(candidate) && holdsUntilFar(timers, pendingSend, spanMs);
    case 'timer-long-lived':
      return holdsUntilFar(timers, pendingFunction, spanMs);
    default:
      return false;
  }
}

/** A runtime that collects timers may have some in its heap that nothing else refers to: it is about to forget them. */
const keepsTimers = ({ evidence }: ProofInput['candidate']): boolean =>
  evidence.some(({ kind, supports }) => kind === 'version' && supports);

/** What a variable leads to, code that has not begun may serve one day. */
function mayBeServed({ rule, candidate, facts: { finalizer } }: ProofInput): readonly Evidence[] {
  if (rule !== 'finalizer-blocked' || finalizer?.byVariable !== true || candidate.unanswered === true) return [];
  return [
    {
      kind: 'missing',
      supports: false,
      what: 'a variable of the program leads to what it waits for, and code that has not begun could serve it',
      wouldSettle: 'source in which nothing does the other side, closes the channel or hands it on',
    },
  ];
}

/** The finalizer behind which these objects wait; undefined when it may go on by itself, or be woken. */
function waitsBehind({ rule, held, candidate, facts: { finalizer }, spanMs }: ProofInput): HeapFacts['finalizer'] {
  if (rule !== 'finalizer-blocked' || finalizer === undefined) return undefined;
  // Only the source knows that there is no code to serve it.
  if (finalizer.byVariable && candidate.unanswered !== true) return undefined;
  const isLong = finalizer.waitedMs >= Math.max(leastWaitMs, leastShareOfSpan * spanMs);
  return isQueued(held, 'finalizer') && !finalizer.mayGoOn && isLong && finalizer.queued >= leastQueued
    ? finalizer
    : undefined;
}
