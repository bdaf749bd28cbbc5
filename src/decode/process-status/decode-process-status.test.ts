import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeProcessStatus } from './decode-process-status.ts';

describe('decodeProcessStatus', () => {
  it('reads memory in bytes, threads and open files', () => {
    const memory = decodeProcessStatus(
      'Name:\tsvc\nState:\tS (sleeping)\nVmRSS:\t    2048 kB\nRssAnon:\t    1024 kB\nRssFile:\t    1024 kB\nThreads:\t7\nOpenFiles: 12\n',
    );
    expect(memory).toEqual({
      rssBytes: 2097152,
      rssAnonBytes: 1048576,
      rssFileBytes: 1048576,
      rssShmemBytes: undefined,
      swapBytes: undefined,
      threads: 7,
      openFiles: 12,
    });
  });

  it.skipIf(process.platform !== 'linux')('reads this very process', () => {
    const memory = decodeProcessStatus(readFileSync('/proc/self/status', 'utf8'));
    expect(memory.rssBytes).toBeGreaterThan(10_000_000);
    expect(memory.threads).toBeGreaterThan(1);
    expect(memory.openFiles).toBeUndefined();
  });

  it('refuses other text', () => {
    expect(() => decodeProcessStatus('<html>')).toThrow(/process-status/);
  });
});
