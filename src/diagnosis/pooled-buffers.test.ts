import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { drawHeldFacts, nothingElse } from '../../test/drawing/draw-held-facts.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import type { HeldObjects } from '../model/heap-facts.ts';
import { diagnose } from './diagnose.ts';

/** Ten captures, two seconds apart. */
const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];
const grown = 'bytes.growSlice /go/src/bytes/buffer.go:249 < svc.write /app/export.go:40';
const byNew =
  'svc.init.func1 /app/export.go:12 < sync.(*Pool).Get /go/src/sync/pool.go:155 < svc.run /app/export.go:20';
const pool = 'svc.exporter 900 > .local []sync.poolLocal 900 > bytes.Buffer 20 > .buf []uint8 20';

type Held = Partial<Omit<HeldObjects, 'steps'>>;

function found(held: Held, stack = grown, kib: readonly number[] = up) {
  const walk = drawHeldFacts({ ...nothingElse, frames: drawStack(stack), path: pool, sampledObjects: 40, ...held });
  return diagnose(drawDiagnosisInput({ heap: [{ stack, kib }], walk })).findings[0];
}

const pooled = (objects: number, oversized: number): Held => ({
  pooled: { objects, bytes: objects * 1024, oversized },
});

describe('a pool that keeps oversized buffers', () => {
  it('is proven when most buffers lie in it and were used last for a small part', () => {
    expect(found(pooled(30, 28))).toMatchObject({ rule: 'sync-pool-oversized', certainty: 'proven' });
    expect(JSON.stringify(found(pooled(30, 28))?.evidence)).toContain(
      'a pool alone holds 30 of 40 sampled objects (30.0 KiB); 28 of them were used last for a quarter of what they hold, or less',
    );
  });

  it('is not proven when nobody knows how much of them was used', () => {
    expect(found(pooled(30, 0))?.rule).not.toBe('sync-pool-oversized');
  });

  it('is not one that holds ordinary buffers, each used as it is', () => {
    expect(found(pooled(30, 6))?.rule).not.toBe('sync-pool-oversized');
  });

  it('is not proven by a few buffers, nor when most are in use', () => {
    expect(found({ ...pooled(4, 4), sampledObjects: 4 })?.rule).not.toBe('sync-pool-oversized');
    expect(found(pooled(12, 12))?.rule).not.toBe('sync-pool-oversized');
  });

  it('is not one whose buffers have the size that New gives them', () => {
    expect(found(pooled(30, 30), byNew)?.rule).not.toBe('sync-pool-oversized');
  });

  it('is no leak when it has filled and stands still', () => {
    const full = [100, 3100, 5500, 5500, 5500, 5500, 5500, 5500, 5500, 5500];
    expect(diagnose(drawDiagnosisInput({ heap: [{ stack: grown, kib: full, shape: 'plateau' }] })).findings).toEqual(
      [],
    );
    expect(found(pooled(30, 28), grown, [5500, 5500, 5500, 5500, 5500, 5500])).toBeUndefined();
  });
});
