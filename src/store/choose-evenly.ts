// Few out of many, evenly spread, the first and the last among them.

/** All of them when there are at most `most`. */
export function chooseEvenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  if (most < 2) return most < 1 ? [] : items.slice(-1);
  return Array.from({ length: most }, (_, step) => items[Math.round((step * (items.length - 1)) / (most - 1))]!);
}
