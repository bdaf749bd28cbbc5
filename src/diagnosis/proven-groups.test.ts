import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { captured, notCaptured } from '../base/captured.ts';
import type { HeapFacts } from '../model/heap-facts.ts';
import { diagnose } from './diagnose.ts';

const up = [0, 20, 40, 60, 80, 100, 120, 140, 160, 180];
const inProfile =
  'runtime.gopark /go/src/runtime/proc.go:400 < runtime.chansend1 /go/src/runtime/chan.go:145 < svc.fetch.func1 /app/fetch.go:30';
const inMemory =
  'runtime.gopark /go/src/runtime/proc.go:435 < runtime.chansend /go/src/runtime/chan.go:283 < svc.fetch.func1 /app/fetch.go:30 < svc.fetch.gowrap1 /app/fetch.go:26';

const facts = (more: Partial<HeapFacts>): HeapFacts => ({
  takenAtMs: 0,
  pauseMs: 10,
  objects: 1,
  bytes: 1,
  failedChecks: [],
  held: [],
  growing: undefined,
  containers: [],
  deferChains: [],
  finalizer: undefined,
  largeStacks: [],
  stuck: captured([{ frames: drawStack(inMemory), createdAt: undefined, state: 'chan send', count: 181 }]),
  ...more,
});

const verdictOf = (walk: HeapFacts) =>
  diagnose(drawDiagnosisInput({ heap: [], goroutines: [{ stack: inProfile, state: 'chan send', count: up }], walk }))
    .findings[0];

describe('goroutines that a heap walk proves stuck', () => {
  it('are proven leaked, whatever the Go version', () => {
    const finding = verdictOf(facts({}));
    expect(finding?.certainty).toBe('proven');
    expect(finding?.evidence.find(({ kind }) => kind === 'runtime-proof')).toMatchObject({ count: 181 });
  });

  it('are not when the walk contradicts itself, could not prove it, or proves it of another line', () => {
    const other = drawStack(inMemory.replace('fetch.go:30', 'fetch.go:31'));
    for (const walk of [
      facts({ failedChecks: ['spans'] }),
      facts({ stuck: notCaptured('the process ran while it was read') }),
      facts({ stuck: captured([{ frames: other, createdAt: undefined, state: 'chan send', count: 181 }]) }),
    ])
      expect(verdictOf(walk)?.certainty).toBe('strong');
  });

  it('are strong, with the reason, when something that may run leads to what they wait for', () => {
    const stuck = captured([
      {
        frames: drawStack(inMemory),
        createdAt: undefined,
        state: 'chan send',
        count: 181,
        wokenBy: 'goroutine main.main (sleep)',
      },
    ]);
    const finding = verdictOf(facts({ stuck }));
    expect(finding?.certainty).toBe('strong');
    expect(finding?.evidence.find(({ kind }) => kind === 'missing')).toMatchObject({
      what: 'no proof: goroutine main.main (sleep) leads to the channel or lock that they wait for, and could still wake them',
    });
  });

  describe('by a Go before 1.22, whose memory shows the wrapper of `go fetch(url)` as a closure', () => {
    const fetch = 'runtime.chansend1 /go/src/runtime/chan.go:145 < svc.fetch /app/fetch.go:30';
    const certaintyOf = (inMemory: string, goStatement: string, shown = fetch) =>
      diagnose(
        drawDiagnosisInput({
          heap: [],
          goroutines: [{ stack: shown, state: 'chan send', count: up }],
          walk: facts({
            stuck: captured([
              {
                frames: drawStack(`${inMemory} < runtime.goexit /go/src/runtime/asm_amd64.s:1594`),
                createdAt: drawStack(goStatement)[0],
                state: 'chan send',
                count: 181,
              },
            ]),
          }),
        }),
      ).findings[0]?.certainty;

    it('are proven: the profile leaves out what stands at the line of the go statement', () => {
      expect(certaintyOf(`${fetch} < svc.all.func1 /app/all.go:12`, 'svc.all /app/all.go:12')).toBe('proven');
    });

    it('are not when it is a closure of the program, which the profile would show', () => {
      expect(certaintyOf(`${fetch} < svc.all.func1 /app/all.go:13`, 'svc.all /app/all.go:12')).toBe('strong');
      expect(certaintyOf(`${fetch} < svc.other /app/all.go:12`, 'svc.all /app/all.go:12')).toBe('strong');
    });
  });
});
