import { describe, expect, it } from 'vitest';
import { formatByteRate, formatBytes } from './format-bytes.ts';
import { formatCount, formatCountRate } from './format-count.ts';
import { formatDuration, parseDuration } from './format-duration.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0 B'],
    [812, '812 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [3_355_443, '3.2 MiB'],
    [1_048_575, '1.0 MiB'],
    [-1536, '-1.5 KiB'],
    [512 * 1024 ** 3, '512 GiB'],
    [Number.NaN, '? B'],
  ])('writes %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('writes slow rates per hour', () => {
    expect(formatByteRate(3.2 * 1024 * 1024)).toBe('3.2 MiB/s');
    expect(formatByteRate(55)).toBe('193 KiB/h');
  });

  it.each([
    [850, '850 ms'],
    [12_400, '12 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [3 * 86_400_000, '3 d'],
  ])('writes %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it.each([
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5m', 90_000],
    ['30', undefined],
    ['0s', undefined],
    ['soon', undefined],
  ])('reads %s as a duration', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it('writes counts', () => {
    expect([12, 1240, 12_345, 250_000, 3_100_000].map(formatCount)).toEqual(['12', '1,240', '12,345', '250k', '3.1M']);
    expect([25, 3.14, 0.01].map(formatCountRate)).toEqual(['25/s', '3.1/s', '36/h']);
  });
});
