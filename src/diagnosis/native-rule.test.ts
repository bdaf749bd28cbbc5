import { describe, expect, it } from 'vitest';
import { drawNative } from '../../test/drawing/draw-process.ts';
import { type Drawing, drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { diagnose } from './diagnose.ts';

const up = [20, 25, 30, 35, 40, 45, 50, 55, 60, 65];
const level = up.map(() => 20);
const still = level.map(() => 3);

/** A service whose Go side stands still. */
function judged(drawing: Drawing) {
  return diagnose(
    drawDiagnosisInput({
      heap: [{ stack: 'svc.load /app/load.go:10 < svc.main /app/main.go:5', kib: level }],
      goroutines: [{ stack: 'svc.main /app/main.go:9', state: 'select', count: still }],
      ...drawing,
    }),
  );
}

const places = (drawing: Drawing) =>
  judged(drawing).findings.map(({ rule, certainty, site }) => `${rule} ${certainty} ${site.function}:${site.line}`);

/** KiB per second at one place, and the class that holds them. */
const leaking = (rate: number): number[] => up.map((_, at) => rate * (at + 1));
const mallocOf = (rate: number) => ({
  mib: { malloc: leaking(rate).map((kib) => 30 + kib / 1024), 'go-heap-live': level },
});

const render = 'svc.render /app/render.go:40 < svc.serve /app/serve.go:12 < svc.main /app/main.go:9';

describe('memory outside the Go heap', () => {
  it('is a leak although the Go heap is flat, with the Go line where a trace saw it', () => {
    const drawing: Drawing = {
      ledger: mallocOf(100),
      native: drawNative([{ stack: render, kib: leaking(100), through: 'image_decode /app/image.c:77' }]),
    };
    expect(places(drawing)).toEqual(['cgo-malloc strong svc.render:40']);
    const { verdict, findings } = judged(drawing);
    expect(verdict).toBe('leak');
    expect(findings[0]).toMatchObject({
      kind: 'native',
      permanence: 'permanent',
      title: 'C memory allocated at svc.render:40 through image_decode is never freed',
    });
    expect(findings[0]!.sites.map(({ role, file, line }) => `${role} ${file}:${line}`)).toEqual([
      'allocates /app/render.go:40',
      'allocates /app/image.c:77',
      'allocates /app/serve.go:12',
    ]);
  });

  it('is likely, without a place that nobody knows, where only sizes grow', () => {
    const result = judged({ ledger: { mib: { malloc: up, 'go-heap-live': level } } });
    expect(result.verdict).toBe('leak');
    expect(result.findings[0]).toMatchObject({
      rule: 'cgo-malloc',
      certainty: 'likely',
      permanence: 'unknown',
      site: { function: '', file: '', line: 0 },
      sites: [],
    });
    expect(result.findings[0]!.evidence.find((item) => item.kind === 'missing')).toMatchObject({
      wouldSettle: 'sudo leakline native 42 --for 60s',
    });
  });

  it('tells copies for C, mappings and malloc apart, each by its own rule', () => {
    expect(
      places({
        ledger: mallocOf(600),
        native: drawNative([
          { stack: 'svc.log /app/log.go:7', kib: leaking(300), kind: 'cgo-cstring', via: 'C.CString' },
          { stack: 'svc.open /app/open.go:8', kib: leaking(200), kind: 'native-mmap' },
          { stack: render, kib: leaking(100) },
        ]),
      }),
    ).toEqual(['cgo-cstring strong svc.log:7', 'native-mmap strong svc.open:8', 'cgo-malloc strong svc.render:40']);
  });

  it('joins what one Go line allocates in several C places', () => {
    const two = drawNative([
      { stack: render, kib: leaking(10), through: 'header /app/image.c:20' },
      { stack: render, kib: leaking(90), through: 'pixels /app/image.c:30' },
    ]);
    const { findings } = judged({ ledger: mallocOf(100), native: two });
    expect(findings.map(({ growth }) => growth.bytes)).toEqual([900 * 1024]);
  });

  it('keeps the class as a leak of its own where the traced places explain little of it', () => {
    expect(
      places({
        ledger: mallocOf(1000),
        native: drawNative([{ stack: render, kib: leaking(10) }]),
      }),
    ).toEqual(['cgo-malloc likely :0', 'cgo-malloc strong svc.render:40']);
  });

  it('is clear when it stands still, filled up, or only follows a growing Go heap', () => {
    expect(judged({ ledger: { mib: { malloc: level, 'other-native': level } } }).verdict).toBe('clear');
    expect(
      places({ ledger: { mib: { 'other-native': up.map((v) => v / 20), 'go-heap-live': up.map((v) => v * 4) } } }),
    ).toEqual([]);
  });

  it('takes no block for leaked that a short trace saw stay, when sizes do not grow', () => {
    const result = judged({
      ledger: { mib: { malloc: level } },
      native: drawNative([{ stack: render, kib: up }], 'inconclusive'),
    });
    expect(result.findings).toEqual([]);
    expect(result.inconclusive.map(({ rule }) => rule)).toContain('cgo-malloc');
  });

  it('never reads a missing ledger as no native leak', () => {
    const { clear, inconclusive } = judged({});
    expect(clear.map(({ rule }) => rule)).not.toContain('cgo-malloc');
    expect(inconclusive).toContainEqual(expect.objectContaining({ rule: 'cgo-malloc', why: 'no process was drawn' }));
  });
});
