import { expect, it } from 'vitest';
import { decodeSmaps } from '../decode/smaps/decode-smaps.ts';
import { nativeClasses } from './native-classes.ts';

const region = (range: string, kib: number, name = '') => `${range} rw-p 00000000 00:00 0 ${name}\nRss: ${kib} kB\n`;
const look = (brk: number, heap: number, other: number) => ({
  regions: decodeSmaps(
    region('01000000-09000000', brk, '[heap]') +
      region('c000000000-c004000000', heap) +
      region('7f0000000000-7f0000400000', other),
  ),
  threads: 1,
});
const program = { exe: '/svc', isGo: true, stackLimitBytes: undefined };

it('tells which class grew most, the Go heap apart', () => {
  const classes = nativeClasses(look(100, 4000, 50), look(9000, 5000, 60), program);
  expect(classes.map((one) => [one.class, (one.lastBytes - one.firstBytes) / 1024])).toEqual([
    ['malloc-heap', 8900],
    ['go-heap', 1000],
    ['mappings', 10],
  ]);
});

it('says nothing after a single look', () => {
  const only = look(100, 4000, 50);
  expect([nativeClasses(only, only, program), nativeClasses(undefined, only, program)]).toEqual([[], []]);
});
