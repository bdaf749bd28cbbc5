import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutTreemap, rectangleAt, type TreemapRectangles } from './lay-out-treemap.ts';

/** A letter a rectangle, a character for two units of width and one of height. */
function picture(rectangles: TreemapRectangles, width: number, height: number): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const index = rectangleAt(rectangles, x + 0.5, y + 0.5);
      return index < 0 ? '.' : String.fromCharCode(97 + index);
    }).join(''),
  );
}

describe('a treemap', () => {
  it('fills its area with rectangles that are nearly square', () => {
    // The weights and the picture of the paper: 6 6 4 3 2 2 1 in six by four.
    expect(
      picture(
        layOutTreemap(
          [6, 6, 4, 3, 2, 2, 1].map((weight) => weight * 4),
          { x: 0, y: 0, width: 12, height: 8 },
        ),
        12,
        8,
      ),
    ).toEqual([
      'aaaaaacccddd',
      'aaaaaacccddd',
      'aaaaaacccddd',
      'aaaaaacccddd',
      'bbbbbbcccddd',
      'bbbbbbeefffg',
      'bbbbbbeefffg',
      'bbbbbbeefffg',
    ]);
  });

  it('gives nothing to what weighs nothing, and draws nothing into no area', () => {
    const some = layOutTreemap([0, 5, 0], { x: 0, y: 0, width: 10, height: 10 });
    expect([...some.width]).toEqual([0, 10, 0]);
    expect([...layOutTreemap([1, 2], { x: 0, y: 0, width: 0, height: 10 }).width]).toEqual([0, 0]);
    expect(layOutTreemap([], { x: 0, y: 0, width: 10, height: 10 }).length).toBe(0);
  });

  it('keeps every share and stays inside, whatever the weights', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 60 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const cells = layOutTreemap(weights, { x: 3, y: 5, width: 400, height: 300 });
        weights.forEach((weight, index) => {
          const covered = cells.width[index]! * cells.height[index]!;
          expect(covered).toBeCloseTo(total === 0 ? 0 : (weight / total) * 120_000, 3);
          expect(cells.x[index]! + cells.width[index]!).toBeLessThanOrEqual(403.000001);
          expect(cells.y[index]! + cells.height[index]!).toBeLessThanOrEqual(305.000001);
        });
      }),
    );
  });
});
