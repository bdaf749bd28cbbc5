import { describe, expect, it } from 'vitest';
import { decodeSmaps } from '../decode/smaps/decode-smaps.ts';
import type { LedgerLook, LedgerTarget } from '../model/ledger.ts';
import { trackRegions } from './track-regions.ts';

const mib = 1024 * 1024;
const target: LedgerTarget = {
  pid: 1,
  exe: '/app/svc',
  goVersion: undefined,
  gcPercent: undefined,
  stackLimitBytes: undefined,
};

/** One mapping a line: `start-end permissions rss-MiB [name]`, one look a second. */
function looksOf(...drawings: string[]): LedgerLook[] {
  return drawings.map((drawing, second) => {
    const smaps = drawing
      .trim()
      .split('\n')
      .map((line) => {
        const [range, permissions, rss, name = ''] = line.trim().split(/\s+/);
        const inode = name.startsWith('/') ? 7 : 0;
        return `${range} ${permissions} 00000000 00:00 ${inode} ${name}\nRss: ${Number(rss) * 1024} kB\nVmFlags: rd wr\n`;
      })
      .join('');
    return {
      atMs: second * 1000,
      regions: decodeSmaps(smaps.replaceAll('Rss: ', 'Rss:     ')),
      totals: undefined,
      process: {
        rssBytes: undefined,
        rssAnonBytes: undefined,
        rssFileBytes: undefined,
        rssShmemBytes: undefined,
        swapBytes: undefined,
        threads: 1,
        openFiles: undefined,
      },
      pageTableBytes: undefined,
      cgroup: undefined,
      memory: undefined,
      profiledLiveBytes: undefined,
    };
  });
}

describe('trackRegions', () => {
  it('follows a mapping that grows downwards, as mmap does, and splits on its way', () => {
    const { areas } = trackRegions(
      looksOf(
        '7f0000800000-7f0000a00000 rw-p 2',
        '7f0000700000-7f0000a00000 rw-p 3',
        '7f0000600000-7f0000800000 rw-p 2\n7f0000800000-7f0000a00000 r--p 2',
        '7f0000500000-7f0000a00000 rw-p 5',
      ),
      target,
    );
    expect(areas).toHaveLength(1);
    expect(areas[0]).toMatchObject({
      startAddress: 0x7f00_0050_0000,
      endAddress: 0x7f00_00a0_0000,
      kind: 'anonymous',
      grownBytes: 3 * mib,
      mappings: 1,
      isNew: false,
    });
  });

  it('keeps apart what does not touch, what is of another kind, and the guard below a stack', () => {
    const { areas } = trackRegions(
      looksOf(`
        400000-500000 r-xp 1 /app/svc
        500000-600000 rw-p 1
        55000000-56000000 rw-p 8 [heap]
        7f0000000000-7f0000100000 rw-p 1
        7f0000100000-7f0000101000 ---p 0
        7f0000101000-7f0000901000 rw-p 1
        7f0000901000-7f0000a01000 r--s 1 /data/index
        7f0000a01000-7f0000b01000 rw-p 1
      `),
      { ...target, stackLimitBytes: 8 * mib },
    );
    expect(areas.map((area) => `${area.kind} ${area.name} ${area.rssBytes / mib}`)).toEqual([
      'brk [heap] 8',
      'exe-and-libraries /app/svc 1',
      'exe-and-libraries  1',
      'anonymous  1',
      'thread-stack  1',
      'file /data/index 1',
      'anonymous  1',
    ]);
    expect(areas.every((area) => area.growth === undefined && area.grownBytes === 0)).toBe(true);
  });

  it('does not take one step for growth, nor what swings', () => {
    const at = (rss: number): string => `55000000-66000000 rw-p ${rss} [heap]`;
    expect(trackRegions(looksOf(...[5, 5, 5, 5, 9, 9].map(at)), target).areas[0]?.grownBytes).toBe(0);
    expect(trackRegions(looksOf(...[5, 9, 5, 9, 5, 9].map(at)), target).areas[0]?.grownBytes).toBe(0);
    expect(trackRegions(looksOf(...[5, 6, 7, 9, 9, 10].map(at)), target).areas[0]?.grownBytes).toBeGreaterThan(4 * mib);
    expect(trackRegions(looksOf(...[9, 8, 7, 6, 5, 4].map(at)), target).areas[0]?.grownBytes).toBe(-5 * mib);
  });

  it('shows what came while it watched, and what grew before what is large', () => {
    const still = '55000000-66000000 rw-p 100 [heap]';
    const files = (rss: number): string => `${still}\n7f0000000000-7f0010000000 r--s ${rss} /data/index`;
    const { areas } = trackRegions(looksOf(still, files(1), files(2), files(3), files(4)), target);
    expect(areas.map((area) => [area.name, area.isNew])).toEqual([
      ['/data/index', true],
      ['[heap]', false],
    ]);
  });
});
