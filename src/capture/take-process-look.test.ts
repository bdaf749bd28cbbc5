import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { decodeSmaps } from '../decode/smaps/decode-smaps.ts';
import { takeProcessLook, withoutUnusedLines } from './take-process-look.ts';

describe('withoutUnusedLines', () => {
  it('keeps all that is read of a mapping', () => {
    const text =
      'c000000000-c000400000 rw-p 00000000 00:00 0 \nSize:               4096 kB\nRss:                   0 kB\nPss:                   0 kB\nAnonymous:          1020 kB\nSwap:                  0 kB\nTHPeligible:           1\nVmFlags: rd wr mr nr sd \n00400000-00401000 r-xp 00000000 fe:00 7 /srv/svc\nRss: 4 kB\nVmFlags: rd ex\n';
    expect(decodeSmaps(withoutUnusedLines(text))).toEqual(decodeSmaps(text));
    expect(withoutUnusedLines(text).length).toBeLessThan(text.length / 1.5);
  });

  it.skipIf(process.platform !== 'linux')('keeps all that is read of this process', () => {
    const text = readFileSync('/proc/self/smaps', 'utf8');
    expect(decodeSmaps(withoutUnusedLines(text))).toEqual(decodeSmaps(text));
    expect(withoutUnusedLines(text).length).toBeLessThan(text.length / 2);
  });
});

describe.skipIf(process.platform !== 'linux')('takeProcessLook', () => {
  const now = () => performance.now();

  it('reads what was wished of a process', async () => {
    const { parts, notes, smaps } = await takeProcessLook(process.pid, { smaps: true, threads: true }, now);
    expect(notes).toEqual([]);
    expect(smaps?.bytes).toBeGreaterThan(1000);
    const kinds = parts.map(({ kind }) => kind);
    for (const kind of ['smaps', 'process-status', 'memory-limits', 'thread-list']) expect(kinds).toContain(kind);
    const cheap = await takeProcessLook(process.pid, { smaps: false, threads: false }, now);
    expect(cheap.parts.map(({ kind }) => kind)).not.toContain('smaps');
  });

  it('has nothing of a process that is gone, and does not throw', async () => {
    expect(await takeProcessLook(4_194_303, { smaps: true, threads: true }, now)).toMatchObject({
      parts: [],
      notes: [],
    });
  });
});
