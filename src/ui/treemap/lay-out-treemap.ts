// Weights → rectangles that fill an area, as square as can be: Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000).

export interface TreemapArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One entry a weight, in the same order; weights that are nothing get empty rectangles. */
export interface TreemapRectangles {
  readonly length: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly width: Float64Array;
  readonly height: Float64Array;
}

export function layOutTreemap(weights: ArrayLike<number>, area: TreemapArea): TreemapRectangles {
  const { length } = weights;
  const result = {
    length,
    x: new Float64Array(length),
    y: new Float64Array(length),
    width: new Float64Array(length),
    height: new Float64Array(length),
  };
  const order = Array.from({ length }, (_, index) => index)
    .filter((index) => weights[index]! > 0)
    .sort((a, b) => weights[b]! - weights[a]! || a - b);
  const total = order.reduce((sum, index) => sum + weights[index]!, 0);
  if (total <= 0 || area.width <= 0 || area.height <= 0) return result;
  const scale = (area.width * area.height) / total;
  let { x, y, width, height } = area;
  for (let from = 0; from < order.length; ) {
    const side = Math.min(width, height);
    let to = from;
    let sum = 0;
    let worst = Number.POSITIVE_INFINITY;
    const largest = weights[order[from]!]! * scale;
    while (to < order.length) {
      const next = weights[order[to]!]! * scale;
      const nextWorst = worstRatio(largest, next, sum + next, side);
      if (nextWorst > worst) break;
      worst = nextWorst;
      sum += next;
      to++;
    }
    const across = sum / side;
    let along = 0;
    for (const index of order.slice(from, to)) {
      const part = (weights[index]! * scale) / across;
      const beside = width >= height;
      result.x[index] = beside ? x : x + along;
      result.y[index] = beside ? y + along : y;
      result.width[index] = beside ? across : part;
      result.height[index] = beside ? part : across;
      along += part;
    }
    if (width >= height) {
      x += across;
      width = Math.max(0, width - across);
    } else {
      y += across;
      height = Math.max(0, height - across);
    }
    if (Math.min(width, height) < 1e-9) break;
    from = to;
  }
  return result;
}

/** Of a row of rectangles along `side` with that largest and smallest area. */
function worstRatio(largest: number, smallest: number, sum: number, side: number): number {
  const sides = side * side;
  const sums = sum * sum;
  return Math.max((sides * largest) / sums, sums / (sides * smallest));
}

/** The rectangle over a point; -1: none. */
export function rectangleAt(rectangles: TreemapRectangles, x: number, y: number): number {
  for (let index = rectangles.length - 1; index >= 0; index--) {
    const left = rectangles.x[index]!;
    const top = rectangles.y[index]!;
    const inside = x >= left && y >= top && x < left + rectangles.width[index]! && y < top + rectangles.height[index]!;
    if (inside) return index;
  }
  return -1;
}
