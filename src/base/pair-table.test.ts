import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPairTable } from './pair-table.ts';

it('numbers pairs in the order in which they first come', () => {
  const pair = fc.tuple(fc.integer({ min: -3, max: 40 }), fc.integer({ min: -3, max: 40 }));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 3000 }), (pairs) => {
      const table = createPairTable();
      const seen = new Map<string, number>();
      for (const [first, second] of pairs) {
        const key = `${first} ${second}`;
        if (!seen.has(key)) seen.set(key, seen.size);
        expect(table.rowOf(first, second)).toBe(seen.get(key));
      }
      expect(table.length()).toBe(seen.size);
      for (const [key, row] of seen) expect(`${table.first(row)} ${table.second(row)}`).toBe(key);
    }),
    { numRuns: 30 },
  );
});
