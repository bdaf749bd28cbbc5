import { describe, expect, it } from 'vitest';
import { parseBytes } from './parse-bytes.ts';

describe('sizes', () => {
  it('are read as people type them', () => {
    expect(['2GiB', '500MB', '64k', '1.5m', '10 KiB', '77', '77B'].map(parseBytes)).toEqual([
      2 ** 31,
      500 * 2 ** 20,
      65_536,
      1.5 * 2 ** 20,
      10_240,
      77,
      77,
    ]);
  });

  it('are nothing else', () => {
    for (const text of ['', '0', '-1', 'x', '2GiBs', '9e9', '9999999t']) expect(parseBytes(text)).toBeUndefined();
  });
});
