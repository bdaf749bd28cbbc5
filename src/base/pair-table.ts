// Rows for pairs of small whole numbers: the n-th different pair gets row n - 1. Open addressing over typed arrays, since
// millions of lookups through a Map of strings or of Maps are five times slower.

export interface PairTable {
  /** Row of the pair, a new one when it was not seen before. */
  rowOf(first: number, second: number): number;
  readonly length: () => number;
  readonly first: (row: number) => number;
  readonly second: (row: number) => number;
}

/** Pairs of Int32 values. Throws RangeError at 2^29 rows. */
export function createPairTable(): PairTable {
  let length = 0;
  let firsts = new Int32Array(512);
  let seconds = new Int32Array(512);
  /** Row + 1 at the first free slot after its hash; 0 is free. At most half full. */
  let slots = new Int32Array(1024);
  let lastFirst = 0;
  let lastSecond = 0;
  let lastRow = -1;
  const grow = (): void => {
    if (length >= 2 ** 29) throw new RangeError('more than 2^29 different pairs');
    firsts = widened(firsts);
    seconds = widened(seconds);
    slots = new Int32Array(slots.length * 2);
    for (let row = 0; row < length; row++) {
      let slot = hashOf(firsts[row]!, seconds[row]!) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = row + 1;
    }
  };
  return {
    rowOf(first, second) {
      // Neighbours in a heap are alike: most lookups repeat the one before.
      if (lastRow >= 0 && first === lastFirst && second === lastSecond) return lastRow;
      lastFirst = first;
      lastSecond = second;
      const mask = slots.length - 1;
      let slot = hashOf(first, second) & mask;
      for (let held = slots[slot]!; held !== 0; held = slots[slot]!) {
        lastRow = held - 1;
        if (firsts[lastRow] === first && seconds[lastRow] === second) return lastRow;
        slot = (slot + 1) & mask;
      }
      lastRow = length++;
      firsts[lastRow] = first;
      seconds[lastRow] = second;
      slots[slot] = length;
      if (length === firsts.length) grow();
      return lastRow;
    },
    length: () => length,
    first: (row) => firsts[row]!,
    second: (row) => seconds[row]!,
  };
}

function widened(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(values.length * 2);
  wider.set(values);
  return wider;
}

/** Neighbouring values must not land in neighbouring slots: the product spreads them, the shift brings high bits down. */
function hashOf(first: number, second: number): number {
  const mixed = Math.imul(first + 1, 0x9e3779b1) ^ Math.imul(second + 1, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
