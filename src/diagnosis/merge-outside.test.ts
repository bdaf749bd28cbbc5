import { describe, expect, it } from 'vitest';
import { drawNative } from '../../test/drawing/draw-process.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { diagnose } from './diagnose.ts';

const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];
const stack = 'svc.open /app/open.go:30 < svc.serve /app/serve.go:12 < svc.main /app/main.go:9';

describe('memory that objects of Go keep outside of the Go heap', () => {
  it('is a consequence of the goroutines that hold it, at one block for each', () => {
    const { findings } = diagnose(
      drawDiagnosisInput({
        heap: [],
        goroutines: [
          {
            stack:
              'runtime.gopark /go/src/runtime/proc.go:400 < runtime.chanrecv1 /go/src/runtime/chan.go:400 < svc.open /app/open.go:33',
            state: 'chan receive',
            count: up,
          },
        ],
        ledger: { mib: { malloc: up.map((kib) => kib / 1024) } },
        // One block of a KiB for each goroutine.
        native: drawNative([{ stack, kib: up }]),
      }),
    );
    expect(findings.map(({ rule }) => rule)).toEqual(['hanging-goroutine']);
    expect(findings[0]!.consequences).toEqual(['native:svc.open:30']);
    expect(findings[0]!.growth.bytes).toBeGreaterThan((5500 - 100) * (1024 + 2048));
  });

  it('is a leak of its own when its rate has nothing to do with the objects', () => {
    const { findings } = diagnose(
      drawDiagnosisInput({
        heap: [],
        goroutines: [
          {
            stack:
              'runtime.gopark /go/src/runtime/proc.go:400 < runtime.chanrecv1 /go/src/runtime/chan.go:400 < svc.open /app/open.go:33',
            state: 'chan receive',
            count: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
          },
        ],
        ledger: { mib: { malloc: up.map((kib) => kib / 1024) } },
        native: drawNative([{ stack, kib: up }]),
      }),
    );
    expect(findings.map(({ rule }) => rule).sort()).toEqual(['cgo-malloc', 'hanging-goroutine']);
  });

  it('takes the few bytes along that Go allocates for each block, where nobody else explains them', () => {
    const { findings } = diagnose(
      drawDiagnosisInput({
        heap: [{ stack, kib: up.map((kib) => kib / 4) }],
        goroutines: [{ stack: 'svc.main /app/main.go:9', state: 'select', count: up.map(() => 3) }],
        ledger: { mib: { malloc: up.map((kib) => kib / 1024) } },
        native: drawNative([{ stack, kib: up }]),
      }),
    );
    expect(findings.map(({ rule }) => rule)).toEqual(['cgo-malloc']);
    expect(findings[0]!.consequences).toEqual(['go-heap:svc.open:30']);
  });
});

describe('threads that no goroutine occupies', () => {
  const threads = [10, 40, 70, 100, 130, 160, 190, 220, 250, 280];
  const drawn = (mallocMib: readonly number[]) =>
    diagnose(
      drawDiagnosisInput({
        heap: [],
        goroutines: [{ stack: 'svc.main /app/main.go:9', state: 'select', count: threads.map(() => 3) }],
        memory: { threads },
        threads: { first: 10, last: 280, waits: [{ waitsIn: 'pipe_read', first: 2, last: 270 }] },
        ledger: { mib: { malloc: mallocMib } },
      }),
    ).findings;

  it('are a leak without a place, and take the memory of their arenas along', () => {
    const findings = drawn(threads.map((count) => count / 4));
    expect(findings.map(({ rule, certainty }) => `${rule} ${certainty}`)).toEqual(['thread-leak likely']);
    expect(findings[0]).toMatchObject({ kind: 'threads', sites: [], consequences: ['class:malloc'] });
    expect(JSON.stringify(findings[0]!.evidence)).toContain("270 of them wait in the kernel's pipe_read, 2 before");
  });

  it('do not explain more memory than threads can cost', () => {
    const findings = drawn(threads.map((count) => count * 4));
    expect(findings.map(({ rule }) => rule).sort()).toEqual(['cgo-malloc', 'thread-leak']);
  });
});
