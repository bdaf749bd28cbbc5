import { describe, expect, it } from 'vitest';
import type { GoTypes } from './go-types.ts';
import { createTypeCandidates } from './type-candidates.ts';

/** Types drawn as one letter a word: p is a pointer, . is none. */
function draw(types: Readonly<Record<string, string>>) {
  const rows = Object.entries(types);
  const table = {
    name: (row: number) => rows[row]![0],
    sizeBytes: (row: number) => rows[row]![1].length * 8,
    rowOfRuntimeType: (address: number) => address - 1,
  } as GoTypes;
  const masks = {
    counts: { good: 0, bad: 0 },
    maskOf(address: number) {
      const words = rows[address - 1]![1];
      const bits = new Uint32Array(2);
      for (let i = 0; i < words.length; i++) if (words[i] === 'p') bits[i >> 5]! |= 1 << (i & 31);
      return { sizeWords: words.length, pointerWords: words.lastIndexOf('p') + 1, bits };
    },
  };
  const candidates = createTypeCandidates(table, masks, () => rows.map((_, i) => i + 1));
  return (slot: string) => {
    let [low, high] = [0, 0];
    for (let i = 0; i < slot.length; i++) {
      if (slot[i] !== 'p') continue;
      if (i < 32) low |= 1 << i;
      else high |= 1 << (i - 32);
    }
    return candidates.guess(slot.length * 8, low, high);
  };
}

describe('guessing the type of an object', () => {
  it('names the one type with pointers in these words', () => {
    const guess = draw({ 'main.Node': 'pp.p', 'main.Item': 'p..p' });
    expect([guess('pp.p'), guess('p..p'), guess('.pp.')]).toEqual([
      'probably main.Node',
      'probably main.Item',
      undefined,
    ]);
  });

  it('says nothing where it may be one of many', () => {
    const others = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`net/http.T${i}`, 'pp'] as const));
    expect(draw({ 'main.A': 'pp', ...others(9) })('pp')).toBe('main.A or 9 others');
    expect(draw({ 'main.A': 'pp', ...others(10) })('pp')).toBeUndefined();
  });

  it('names both that fit, and among many those of the program', () => {
    const guess = draw({
      'main.A': 'p.',
      'main.B': 'p.',
      'net/http.C': '.p',
      'os.D': '.p',
      'time.E': '.p',
      'net/http.F': 'pp',
      'struct { key string }': 'pp',
      'map.group[int]*main.A': 'pp',
      '*github.com/some/module.G': 'pp',
    });
    expect([guess('p.'), guess('.p'), guess('pp')]).toEqual([
      'main.A or main.B',
      undefined,
      '*github.com/some/module.G or 3 others',
    ]);
  });

  it('knows that the allocator rounds up, and by how much at most', () => {
    // Nine words are put into a slot of ten, seven into one of eight.
    const guess = draw({ 'main.Nine': 'p.......p', 'main.Seven': 'p.....p' });
    expect([guess('p.......p.'), guess('p.....p...')]).toEqual(['probably main.Nine', undefined]);
  });

  it('takes arrays where no single value fits', () => {
    const guess = draw({ 'main.Pair': 'p.', 'runtime.special': 'p.p.', '*runtime.mspan': 'p' });
    expect([guess('p.p.'), guess('p.p.p.'), guess('pp')]).toEqual([
      'probably runtime.special',
      'probably []main.Pair',
      'probably []*runtime.mspan',
    ]);
  });

  it('follows masks over more than 32 words', () => {
    const long = `${'.'.repeat(29)}p`;
    const guess = draw({ 'main.Long': long });
    expect(guess(`${long}${long}`)).toBe('probably []main.Long');
  });
});
