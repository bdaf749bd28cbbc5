// Buffers of a sync.Pool: when a pool that keeps oversized ones is a fact and not a reading, and how it is told.
import { formatBytes } from '../base/format-bytes.ts';
import type { HeldObjects } from '../model/heap-facts.ts';
import type { Frame } from '../model/stacks.ts';
import type { Evidence } from './finding.ts';

/** With fewer in the pool, what is in use is what grows. */
const leastPooledShare = 0.5;
const leastPooled = 5;
const leastOversizedShare = 0.8;

/**
 * Most of the sampled buffers lie in a pool, nothing else holds them, and they were used last for a small part of what they
 * hold: they grew for a use before that. What New makes has the size that the program chose.
 */
export function poolsOversized({ pooled, sampledObjects, frames }: HeldObjects): boolean {
  return (
    pooled !== undefined &&
    pooled.objects >= Math.max(leastPooled, leastPooledShare * sampledObjects) &&
    pooled.oversized >= leastOversizedShare * pooled.objects &&
    !madeByNew(frames)
  );
}

/** Allocated by the pool's New function, which Get calls. Source: sync/pool.go Pool.Get. */
export const madeByNew = (frames: readonly Frame[]): boolean =>
  frames.some(({ functionName }) => functionName === 'sync.(*Pool).Get');

export function poolEvidence(rule: string, { pooled, sampledObjects }: HeldObjects): readonly Evidence[] {
  if (rule !== 'sync-pool-oversized' || pooled === undefined) return [];
  const { objects, bytes, oversized } = pooled;
  const used =
    oversized === 0
      ? 'how much of them was used last cannot be told'
      : `${oversized} of them were used last for a quarter of what they hold, or less`;
  return [
    {
      kind: 'runtime-proof',
      supports: true,
      what: `a pool alone holds ${objects} of ${sampledObjects} sampled objects (${formatBytes(bytes)}); ${used}`,
      count: objects,
    },
  ];
}
