import { describe, expect, it } from 'vitest';
import { createCutShare } from './cut-share.ts';

/** Of `sampled` arrays of 1000 bytes some are cut: `seen by length/by capacity` each. */
function share(drawn: string, sampled: number, leaf = 'runtime.makeslice', byNumbers = 0) {
  const parts = drawn.split(' ').map((part) => part.split('/').map(Number));
  const shareOf = createCutShare({
    length: parts.length,
    node: Int32Array.from(parts, (_, i) => i + 1),
    isSlice: new Uint8Array(parts.length).fill(1),
    byNumbers: new Uint8Array(parts.length).fill(byNumbers),
    heldBytes: new Float64Array(parts.length).fill(1000),
    visibleBytes: Float64Array.from(parts, ([, capacity]) => capacity!),
    visibleByLengthBytes: Float64Array.from(parts, ([length]) => length!),
  });
  const frames = [{ functionName: leaf, file: '/go/src/runtime/slice.go', line: 1 }];
  return shareOf(
    Array.from({ length: sampled }, (_, i) => i + 1),
    frames,
  );
}

describe('the arrays of a stack', () => {
  it('are cut when slices see less than half of them, also by their capacity', () => {
    expect(share('100/100 20/20', 2)).toMatchObject({ withinCapacity: false, visibleBytes: 120, heldBytes: 2000 });
  });

  it('are cut within capacity when only the length is short', () => {
    expect(share('100/1000 20/1000', 2)).toMatchObject({ withinCapacity: true, visibleBytes: 120, tinyParts: 2 });
  });

  it('show a tiny part when it is something, and no more than append leaves', () => {
    expect(share('0/1000 250/1000 251/1000', 3)).toMatchObject({ objects: 3, tinyParts: 1 });
  });

  it('are not cut when many of them are seen whole', () => {
    expect(share('100/100 20/20', 3)).toBeUndefined();
    expect(share('100/100', 1)).toBeUndefined();
  });

  it('are cut by numbers alone only where the runtime made arrays, and no single objects', () => {
    expect(share('20/20 20/20', 2, 'runtime.slicebytetostring', 1)).toMatchObject({ objects: 2, byNumbers: 2 });
    expect(share('20/20 20/20', 2, 'runtime.newobject', 1)).toBeUndefined();
    expect(share('20/20 20/20', 2, 'runtime.newobject', 0)).toMatchObject({ objects: 2, byNumbers: 0 });
  });
});
