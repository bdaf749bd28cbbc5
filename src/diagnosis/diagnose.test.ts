import { describe, expect, it } from 'vitest';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { diagnose } from './diagnose.ts';

const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];
const level = up.map(() => 4000);
const worker =
  'runtime.gopark /go/src/runtime/proc.go:400 < runtime.chansend1 /go/src/runtime/chan.go:145 < svc.fetch.func1 /app/fetch.go:30';

describe('diagnose', () => {
  it('calls a service clear when nothing grows', () => {
    const result = diagnose(
      drawDiagnosisInput({
        heap: [{ stack: 'svc.load /app/load.go:10 < svc.main /app/main.go:5', kib: level }],
        goroutines: [{ stack: 'svc.main /app/main.go:9', state: 'select', count: level.map(() => 3) }],
        memory: { 'heap-inuse': level },
      }),
    );
    expect(result.verdict).toBe('clear');
    expect(result.findings).toEqual([]);
    expect(result.clear.map((statement) => statement.rule)).toContain('hanging-goroutine');
  });

  it('tells a pile of goroutines and the memory that they drag along as one leak', () => {
    const result = diagnose(
      drawDiagnosisInput({
        heap: [
          { stack: 'svc.fetch.func1 /app/fetch.go:27', kib: up },
          {
            stack: 'runtime.malg /go/src/runtime/proc.go:5000 < runtime.newproc1 /go/src/runtime/proc.go:5100',
            kib: up,
          },
        ],
        goroutines: [{ stack: worker, state: 'chan send', count: up, createdBy: 'svc.fetch /app/fetch.go:26' }],
      }),
    );
    expect(result.findings.map((finding) => finding.rule)).toEqual(['hanging-goroutine']);
    const finding = result.findings[0]!;
    expect(finding.consequences).toEqual(['go-heap:svc.fetch.func1:27', 'go-heap:runtime.malg:5000']);
    expect(finding.sites.map((site) => `${site.role} ${site.file}:${site.line}`)).toEqual([
      'blocks /app/fetch.go:30',
      'spawns /app/fetch.go:26',
      'allocates /app/fetch.go:27',
      'allocates /go/src/runtime/proc.go:5000',
    ]);
    expect(finding.permanence).toBe('permanent');
    expect(result.verdict).toBe('leak');
  });

  it('says proven only where the runtime proved it', () => {
    const count = [0, 20, 40, 60, 80, 100, 120, 140, 160, 180];
    const certainty = (provenLeaked: number) =>
      diagnose(
        drawDiagnosisInput({ heap: [], goroutines: [{ stack: worker, state: 'chan send', count, provenLeaked }] }),
      ).findings[0]?.certainty;
    expect(certainty(180)).toBe('proven');
    expect(certainty(0)).toBe('strong');
  });

  it('stays inconclusive with two captures, and names the suspect and what would settle it', () => {
    const result = diagnose(
      drawDiagnosisInput({
        heap: [{ stack: 'svc.load /app/load.go:10 < svc.main /app/main.go:5', kib: [100, 5000] }],
        goroutines: [{ stack: 'svc.main /app/main.go:9', state: 'select', count: [3, 3] }],
      }),
    );
    expect(result.verdict).toBe('inconclusive');
    expect(result.findings.map((finding) => `${finding.certainty} ${finding.site.line}`)).toEqual(['possible 10']);
    expect(result.inconclusive[0]).toMatchObject({ rule: 'total-heap', whatWouldSettleIt: 'watch longer: --for 30s' });
  });

  it('never reads "not captured" as clear', () => {
    const result = diagnose(
      drawDiagnosisInput({ goroutines: [{ stack: worker, state: 'chan send', count: level.map(() => 3) }] }),
    );
    expect(result.verdict).toBe('inconclusive');
    expect(result.inconclusive[0]).toMatchObject({ rule: 'total-heap', why: 'no heap profile was drawn' });
    expect(result.clear.map((statement) => statement.rule)).not.toContain('unbounded-map');
  });

  it('keeps a run open when resident memory grows and the Go heap does not', () => {
    const mib = 1024 * 1024;
    const result = diagnose(
      drawDiagnosisInput({
        heap: [{ stack: 'svc.load /app/load.go:10 < svc.main /app/main.go:5', kib: level }],
        goroutines: [{ stack: 'svc.main /app/main.go:9', state: 'select', count: level.map(() => 3) }],
        memory: { 'rss-anon': up.map((_, i) => (20 + 5 * i) * mib), 'heap-inuse': level.map(() => 8 * mib) },
      }),
    );
    expect(result.verdict).toBe('inconclusive');
    expect(result.inconclusive[0]?.rule).toBe('total-rss');
  });

  it('turns a rule that throws into an open question and goes on', () => {
    const result = diagnose(drawDiagnosisInput({ heap: [], goroutines: [] }), [
      {
        id: 'broken',
        title: '',
        type: 'leak',
        needs: [],
        about: { what: '', why: '', fix: '', falsePositives: '', sources: [] },
        evaluate() {
          throw new Error('oops');
        },
      },
    ]);
    expect(result.notes[0]).toContain('the rule broken failed: oops');
    expect(result.inconclusive).toContainEqual({
      rule: 'broken',
      why: 'the rule failed',
      whatWouldSettleIt: 'a fixed version of leakline',
    });
  });
});
