import { describe, expect, it } from 'vitest';
import { decodeSmaps } from '../decode/smaps/decode-smaps.ts';
import type { LedgerLook, LedgerTarget } from '../model/ledger.ts';
import { ledgerSeries } from './ledger-series.ts';

const target: LedgerTarget = {
  pid: 7,
  exe: '/srv/svc',
  goVersion: 'go1.26.8',
  gcPercent: 100,
  stackLimitBytes: undefined,
};
/** Lines `START-END NAME KIB`, as mappings of files (or `[heap]`). */
function look(atMs: number, drawn: string): LedgerLook {
  const text = drawn
    .trim()
    .split('\n')
    .map((line) => {
      const [range, name, kib] = line.trim().split(' ');
      return `${range} r--s 00000000 ${name === '[heap]' ? '00:00 0' : 'fe:00 9'} ${name}\nRss: ${kib} kB\n`;
    })
    .join('');
  return {
    atMs,
    regions: decodeSmaps(text),
    totals: undefined,
    process: {
      rssBytes: undefined,
      rssAnonBytes: undefined,
      rssFileBytes: undefined,
      rssShmemBytes: undefined,
      swapBytes: undefined,
      threads: 4,
      openFiles: undefined,
    },
    pageTableBytes: undefined,
    cgroup: undefined,
    memory: undefined,
    profiledLiveBytes: undefined,
  };
}

describe('ledgerSeries', () => {
  it('follows classes, and files by path: what is mapped, resident, and how often', () => {
    const series = ledgerSeries(target, [
      look(0, '00400000-00500000 /srv/svc 64\n01a00000-01b00000 [heap] 8\n7f0000000000-7f0000100000 /data/a 16'),
      look(
        1000,
        '00400000-00500000 /srv/svc 64\n01a00000-01b00000 [heap] 24\n7f0000000000-7f0000100000 /data/a 48\n7f0000100000-7f0000200000 /data/a 16\n7f0000300000-7f0000301000 /data/b 4',
      ),
    ]);
    expect([...series.classes.get('malloc')!]).toEqual([8 * 1024, 24 * 1024]);
    expect(series.files.map((file) => [file.name, ...file.mappings, ...file.residentBytes])).toEqual([
      ['/data/a', 1, 2, 16 * 1024, 64 * 1024],
      ['/data/b', 0, 1, 0, 4 * 1024],
    ]);
    expect([...series.allFiles.mappedBytes]).toEqual([1 << 20, (2 << 20) + 4096]);
  });

  it('takes the looks without the runtime’s numbers where only the edges have them', () => {
    const memory = { heapAllocBytes: 1, heapInuseBytes: 1, heapIdleBytes: 0, heapReleasedBytes: 0, stackInuseBytes: 0 };
    const looks = [8, 16, 24, 32, 40, 48].map((kib, at, all) => ({
      ...look(at * 1000, `01a00000-01b00000 [heap] ${kib}`),
      memory: at === 0 || at === all.length - 1 ? (memory as LedgerLook['memory']) : undefined,
    }));
    expect([...ledgerSeries(target, looks).classes.get('malloc')!].map((bytes) => bytes / 1024)).toEqual([
      8, 16, 24, 32, 40, 48,
    ]);
  });
});
