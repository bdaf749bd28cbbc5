import { describe, expect, it } from 'vitest';
import type { Artefact, ArtefactKind } from '../model/artefact.ts';
import { decodeCase } from './decode-case.ts';

const smaps = '00400000-00401000 r-xp 00000000 fe:00 7 /srv/svc\nRss: 4 kB\nVmFlags: rd ex\n';
const artefact = (capture: number, kind: ArtefactKind, text: string): Artefact => ({
  kind,
  name: `${capture}/${kind}`,
  atMs: capture * 1000,
  capture,
  incarnation: 0,
  forcedGc: false,
  bytes: new TextEncoder().encode(text),
});
const status = (capture: number): Artefact =>
  artefact(capture, 'process-status', 'Name: svc\nVmRSS: 4 kB\nVmPTE: 8 kB\n');

describe('looks of a case', () => {
  it('are made of what one capture says, and only where it has mappings', () => {
    const { incarnations, warnings } = decodeCase([
      artefact(0, 'smaps', smaps),
      artefact(0, 'smaps-rollup', '400-500 ---p 00000000 00:00 0    [rollup]\nRss: 4 kB\n'),
      artefact(0, 'cgroup-memory', 'cgroup /a b\nanon 10\nfile 20\nkernel 30\n'),
      status(0),
      status(1),
    ]);
    expect(warnings).toEqual([]);
    expect(incarnations[0]!.looks).toMatchObject([
      {
        capture: 0,
        regions: [{ name: '/srv/svc', rssBytes: 4096 }],
        totals: { rssBytes: 4096 },
        pageTableBytes: 8192,
        cgroup: { path: '/a b', anonBytes: 10, fileBytes: 20, kernelBytes: 30 },
        memory: undefined,
      },
    ]);
    expect(incarnations[0]!.captures).toBe(2);
  });

  it('costs only itself when it is broken, and a process that was gone gives none', () => {
    const { incarnations, warnings } = decodeCase([
      artefact(0, 'smaps', '<html>'),
      status(0),
      artefact(1, 'smaps', smaps),
    ]);
    expect(incarnations[0]!.looks).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('0/smaps: smaps: expected')]);
  });

  it('keeps what is taken after the captures out of the window', () => {
    const { incarnations } = decodeCase([
      status(0),
      status(1),
      artefact(9, 'native-trace', '{"probe":"smaps","names":[],"memory":[],"warnings":[]}'),
    ]);
    expect(incarnations[0]).toMatchObject({ toMs: 1000, captures: 2, natives: [{ probe: 'smaps' }] });
  });
});
