import { describe, expect, it } from 'vitest';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { corroborate } from './corroborate.ts';

const mebibyte = 1024 * 1024;
const mib = (values: readonly number[]) => values.map((value) => value * mebibyte);

/** Sampled MiB of lines, and the runtime's exact live heap in MiB. */
function corroborated(lines: Readonly<Record<string, { kib: number[]; shape?: 'unclear' }>>, exactMib: number[]) {
  const input = drawDiagnosisInput({
    heap: Object.entries(lines).map(([stack, line]) => ({ stack: `svc.${stack} /app/a.go:1`, ...line })),
    memory: { 'heap-alloc': mib(exactMib) },
  });
  if (input.heap.kind !== 'captured' || input.memory.kind !== 'captured') throw new Error('nothing was drawn');
  return corroborate(input.heap.value, input.memory.value, true);
}

const exact = [5, 6, 7, 8, 9, 10, 11, 12];
const wandering = [2000, 2500, 2500, 5000, 5000, 5000, 7000, 7000];

describe('corroborate', () => {
  it('takes the live heap from the exact count', () => {
    const heap = corroborated({ load: { kib: wandering, shape: 'unclear' } }, exact);
    expect(heap.total.shape).toBe('growing');
    expect([...heap.totalSeries]).toEqual(mib(exact));
  });

  it('lets it speak for the one line that makes most of the growth', () => {
    const heap = corroborated({ load: { kib: wandering, shape: 'unclear' } }, exact);
    expect(heap.sites[0]?.bytes).toMatchObject({ shape: 'growing', perSecond: heap.total.perSecond });
  });

  it('lets it speak for no line where several share the growth', () => {
    const half = wandering.map((kib) => kib / 2);
    const heap = corroborated({ a: { kib: half, shape: 'unclear' }, b: { kib: half, shape: 'unclear' } }, exact);
    expect(heap.sites.map((site) => site.bytes.shape)).toEqual(['unclear', 'unclear']);
  });

  it('doubts a line whose samples rise while the live heap stands still', () => {
    const heap = corroborated(
      { load: { kib: [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000] } },
      exact.map(() => 9),
    );
    expect(heap.total.shape).toBe('flat');
    expect(heap.sites[0]?.bytes).toMatchObject({ shape: 'unclear' });
  });
});
