import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { drawHeldFacts } from '../../test/drawing/draw-held-facts.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import type { HeapFacts, HeldObjects, RunningFinalizer, TimerHold } from '../model/heap-facts.ts';
import type { SourceFacts } from '../model/source-facts.ts';
import { noSource } from '../scan/no-source.ts';
import { diagnose } from './diagnose.ts';

/** Ten captures, two seconds apart. */
const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];
const minutes = 60_000;

function drawWalk(stack: string, held: Partial<Omit<HeldObjects, 'steps'>>, finalizer?: RunningFinalizer): HeapFacts {
  const timer = { root: 'timer time.Ticker (one of 4000)', rootKind: 'timer', sampledObjects: 11 } as const;
  return { ...drawHeldFacts({ frames: drawStack(stack), path: 'svc.Row 1', ...timer, ...held }), finalizer };
}

describe('timers that a heap walk proves to be the cause', () => {
  const ticker = 'time.NewTicker /go/src/time/tick.go:36 < svc.subscribe /app/hub.go:18';
  const after = 'time.NewTimer /go/src/time/sleep.go:92 < time.After /go/src/time/sleep.go:157 < svc.ask /app/ask.go:9';
  const later = 'time.AfterFunc /go/src/time/sleep.go:170 < svc.open /app/cart.go:11';

  const said = (rule: string, stack: string, timers: TimerHold | undefined, go = 'go1.22.12') =>
    diagnose(drawDiagnosisInput({ heap: [{ stack, kib: up }], go, walk: drawWalk(stack, { timers }) })).findings.find(
      (finding) => finding.rule === rule,
    );
  const certainty = (...args: Parameters<typeof said>): string | undefined => said(...args)?.certainty;
  const hold = (name: string, more: Partial<TimerHold> = {}): TimerHold => ({
    name,
    timers: 11,
    pending: 4000,
    firesInMs: 10 * minutes,
    ...more,
  });

  it('are tickers that nobody can stop, even when they fire soon', () => {
    const finding = said('unstopped-ticker', ticker, hold('time.Ticker', { firesInMs: 5 }));
    expect(finding?.certainty).toBe('proven');
    expect(finding?.evidence.find(({ kind }) => kind === 'runtime-proof')).toMatchObject({
      what: 'nothing but timers holds the sampled objects, so nobody can stop these: 4,000 wait (time.Ticker)',
      count: 4000,
    });
  });

  it('are those of time.After, and functions for later, that fire long after the watch', () => {
    expect(certainty('timer-after-in-loop', after, hold('time.Timer'))).toBe('proven');
    expect(certainty('timer-long-lived', later, hold('time.AfterFunc svc.open.func1'))).toBe('proven');
  });

  it('say when it will end', () => {
    const finding = said('timer-long-lived', later, hold('time.AfterFunc svc.open.func1'), 'go1.27.3');
    expect(finding).toMatchObject({ certainty: 'proven', permanence: 'temporary' });
    expect(JSON.stringify(finding?.evidence)).toContain('the first of them fires in 10 min');
  });

  it('are found without the source, by what they hold', () => {
    const made = 'svc.open /app/cart.go:10 < main.main /app/main.go:9';
    expect(said('timer-long-lived', made, hold('time.AfterFunc svc.open.func1'))).toMatchObject({
      certainty: 'proven',
      title: 'Pending timers keep what is allocated at svc.open:10',
    });
    expect(said('timer-long-lived', made, hold('time.AfterFunc svc.open.func1', { firesInMs: 9000 }))).toBeUndefined();
    expect(said('timer-long-lived', made, hold('time.Ticker'))).toBeUndefined();
  });

  it('are none that fire soon: their number settles by itself', () => {
    const soon = { firesInMs: 50_000 };
    expect(certainty('timer-after-in-loop', after, hold('time.Timer', soon))).not.toBe('proven');
    expect(certainty('timer-long-lived', later, hold('time.AfterFunc svc.open.func1', soon))).not.toBe('proven');
  });

  it('are none whose moment is not known', () => {
    expect(certainty('timer-after-in-loop', after, hold('time.Timer', { firesInMs: undefined }))).not.toBe('proven');
  });

  it('are none when something else holds the objects, too', () => {
    expect(certainty('unstopped-ticker', ticker, undefined)).not.toBe('proven');
  });

  it('are not one timer that holds everything, nor a few', () => {
    expect(certainty('unstopped-ticker', ticker, hold('time.Ticker', { timers: 1 }))).not.toBe('proven');
    expect(certainty('unstopped-ticker', ticker, hold('time.Ticker', { pending: 12 }))).not.toBe('proven');
  });

  it('are not timers of another kind', () => {
    expect(certainty('unstopped-ticker', ticker, hold('time.Timer'))).not.toBe('proven');
    expect(certainty('timer-after-in-loop', after, hold('time.Ticker'))).not.toBe('proven');
  });

  it('are no tickers of a runtime that collects them, or may', () => {
    expect(certainty('unstopped-ticker', ticker, hold('time.Ticker'), 'go1.23.4')).toBeUndefined();
    expect(certainty('timer-after-in-loop', after, hold('time.Timer'), 'go1.27.3')).toBeUndefined();
    expect(certainty('unstopped-ticker', ticker, hold('time.Ticker'), 'devel')).not.toBe('proven');
  });
});

describe('a finalizer that a heap walk proves to be the cause', () => {
  const made = 'svc.create /app/scratch.go:20 < main.main /app/main.go:9';
  const blocked =
    'runtime.chansend1 /go/src/runtime/chan.go:145 < svc.report /app/scratch.go:14 < runtime.runfinq /go/src/runtime/mfinal.go:255';
  const report = drawStack(blocked)[1]!;
  const waiting: RunningFinalizer = {
    state: 'chan send',
    at: report,
    waitedMs: 17_000,
    mayGoOn: false,
    byVariable: false,
    queued: 4592,
  };
  /** The source of the blocked line; `unanswered` as BlockingFacts has it. */
  const drawBlocking = (unanswered: boolean): SourceFacts => ({
    ...noSource,
    blockingAt: () => ({
      operation: 'send',
      site: { functionName: 'svc.report', file: '/app/scratch.go', line: 14, text: 'forgotten <- s.id' },
      subject: undefined,
      capacity: '0',
      counterparts: [],
      earlyExits: [],
      closed: false,
      unanswered,
      cancellable: false,
    }),
  });
  const queue: Partial<Omit<HeldObjects, 'steps'>> = {
    root: 'special queued finalizer (one of 4592)',
    rootKind: 'special',
  };

  const said = (finalizer: RunningFinalizer | undefined, held = queue, source = noSource) =>
    diagnose(
      drawDiagnosisInput({
        heap: [{ stack: made, kib: up }],
        goroutines: [{ stack: blocked, state: 'chan send', count: Array(10).fill(1) }],
        walk: drawWalk(made, held, finalizer),
        source,
      }),
    ).findings.find(({ rule }) => rule === 'finalizer-blocked');

  it('waits with a queue behind it that holds what grows', () => {
    const finding = said(waiting);
    expect(finding?.certainty).toBe('proven');
    expect(finding?.evidence.find(({ kind }) => kind === 'runtime-proof')).toMatchObject({ count: 4592 });
    expect(JSON.stringify(finding?.evidence)).toContain('one finalizer has waited for 17 s (chan send at svc.report');
  });

  it('is not one that waits for a moment with a few behind it', () => {
    expect(said({ ...waiting, waitedMs: 800 })?.certainty).toBe('strong');
    expect(said({ ...waiting, queued: 6 })?.certainty).toBe('strong');
  });

  it('is not one that waits only for as long as a program takes to get ready', () => {
    expect(said({ ...waiting, waitedMs: 4000 })?.certainty).toBe('strong');
  });

  it('is not one that works or sleeps, or that a goroutine which runs may wake', () => {
    expect(said({ ...waiting, mayGoOn: true })?.certainty).toBe('strong');
  });

  it('is not one that waits for a channel in a variable, which code may serve later', () => {
    const finding = said({ ...waiting, byVariable: true });
    expect(finding?.certainty).toBe('strong');
    expect(JSON.stringify(finding?.evidence)).toContain('a variable of the program leads to what it waits for');
  });

  it('waits for good when all of the source that can use the variable only sends', () => {
    expect(said({ ...waiting, byVariable: true }, queue, drawBlocking(true))?.certainty).toBe('proven');
    expect(said({ ...waiting, byVariable: true }, queue, drawBlocking(false))?.certainty).toBe('strong');
  });

  it('is not the cause of what something else holds', () => {
    expect(said(waiting, { root: 'global svc.cache', rootKind: 'global' })?.certainty).toBe('strong');
    expect(said(waiting, { root: 'special finalizer of *svc.scratch', rootKind: 'special' })?.certainty).toBe('strong');
  });

  it('is not the cause of cleanups that wait: they have goroutines of their own', () => {
    expect(said(waiting, { root: 'special queued cleanup (one of 90)', rootKind: 'special' })?.certainty).toBe(
      'strong',
    );
  });

  it('is not told by a walk that saw none', () => {
    expect(said(undefined)?.certainty).toBe('strong');
  });
});
