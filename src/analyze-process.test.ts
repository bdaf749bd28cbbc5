import { describe, expect, it } from 'vitest';
import { analyze } from './analyze.ts';
import { growthWorthTracing } from './analyze-process.ts';
import type { Artefact, ArtefactKind } from './model/artefact.ts';
import type { Case } from './model/case.ts';

const mib = 1024 * 1024;
const startMs = Date.UTC(2026, 0, 2);

function artefact(capture: number, kind: ArtefactKind, text: string): Artefact {
  return {
    kind,
    name: `${capture}/${kind}`,
    atMs: startMs + capture * 2000,
    capture,
    incarnation: 0,
    forcedGc: false,
    bytes: new TextEncoder().encode(text),
  };
}

/** A process of which only the operating system speaks, a capture every two seconds; MiB of its malloc heap at each. */
function processOf(mallocMib: readonly number[], more: readonly Artefact[] = []): Case {
  const artefacts = mallocMib.flatMap((size, capture) => {
    const kib = size * 1024;
    return [
      artefact(
        capture,
        'smaps',
        `00400000-00900000 r-xp 00000000 fe:00 7 /srv/svc\nRss: 4096 kB\n01a00000-4fa21000 rw-p 00000000 00:00 0 [heap]\nRss: ${kib} kB\n`,
      ),
      artefact(capture, 'process-status', `Name: svc\nVmRSS: ${kib + 4096} kB\nRssAnon: ${kib} kB\nThreads: 4\n`),
      artefact(
        capture,
        'memory-limits',
        JSON.stringify({
          limits: [
            { kind: 'host', name: 'host memory', limitBytes: 8000 * mib, usedBytes: 1000 * mib },
            { kind: 'cgroup', name: 'cgroup /svc', limitBytes: 100 * mib, usedBytes: size * mib },
          ],
          gaps: [],
        }),
      ),
    ];
  });
  return {
    target: { kind: 'pid', label: 'pid 42', pid: 42, exe: '/srv/svc' },
    artefacts: [...artefacts, ...more],
    sources: new Map(),
    notes: [],
    cost: undefined,
  };
}

const rising = [10, 12, 14, 16, 18, 20, 22, 24, 26, 28];
const level = rising.map(() => 20);
const reportOf = async (input: Case) => (await analyze(input, { toolVersion: 'test' })).report;

describe("the operating system's side of a report", () => {
  it('says which limit is met first, and when, with an interval', async () => {
    const { forecast, ledger } = await reportOf(processOf(rising));
    expect(forecast).toMatchObject({ limitSource: 'cgroup /svc', usedBytes: 28 * mib, bytesPerSecond: mib });
    // 72 MiB of room at 1 MiB/s.
    expect(Date.parse(forecast!.exhaustedAt!) - (startMs + 18_000)).toBeCloseTo(72_000, -2);
    expect(forecast!.low! <= forecast!.exhaustedAt! && forecast!.exhaustedAt! <= forecast!.high!).toBe(true);
    const malloc = ledger!.items.find((item) => item.class === 'malloc');
    expect(malloc).toMatchObject({ bytes: 28 * mib, shape: 'growing', growthBytesPerSecond: mib });
  });

  it('gives no date to what stands still', async () => {
    const { forecast } = await reportOf(processOf(level));
    expect(forecast).toMatchObject({ limitSource: 'cgroup /svc', freeBytes: 80 * mib });
    expect(forecast).not.toHaveProperty('exhaustedAt');
  });

  it('asks for a trace where native memory grows, and only there', () => {
    expect(growthWorthTracing(processOf(rising))).toMatchObject({ class: 'malloc' });
    expect(growthWorthTracing(processOf(level))).toBeUndefined();
  });

  describe('with OOM kills', () => {
    const kill = (comm: string, cgroup: string) => ({
      atMs: startMs - 60_000,
      pid: 7,
      comm,
      cgroup,
      limitCgroup: cgroup,
      constraint: 'cgroup',
      memory: { usageBytes: 100 * mib, limitBytes: 100 * mib },
      anonRssBytes: 90 * mib,
      asGroup: false,
      pageBytes: 4096,
      reaped: false,
      sources: ['dmesg'],
    });
    const evidence = (fields: object): Artefact =>
      artefact(
        0,
        'oom-evidence',
        JSON.stringify({ subject: { pid: 42, comm: 'svc', cgroup: '/svc' }, logs: [], gaps: [], ...fields }),
      );
    const log = (...kills: readonly object[]) => ({
      source: 'dmesg',
      lines: 9,
      kills,
      killCount: kills.length,
      unitEvents: [],
      warnings: [],
    });

    it('tells those of its program and cgroup, and makes no leak of them', async () => {
      const logs = [log(kill('svc', '/old'), kill('other', '/elsewhere'), kill('helper', '/svc'))];
      const report = await reportOf(processOf(level, [evidence({ hostKills: 3, logs })]));
      expect(report.oom!.map((one) => `${one.comm} by ${one.matchedBy}`)).toEqual(['svc by name', 'helper by cgroup']);
      expect(report.oom![0]!.holder).toContain('the killed process held it');
      expect(report.findings).toEqual([]);
      expect(report.verdict).not.toBe('leak');
    });

    it('tells none from not known', async () => {
      expect((await reportOf(processOf(level, [evidence({ hostKills: 0 })]))).oom).toEqual([]);
      const unknown = await reportOf(processOf(level, [evidence({ hostKills: 2, gaps: ['dmesg: not allowed'] })]));
      expect(unknown.oom).toBeUndefined();
      expect(unknown.warnings).toContain('whether it was OOM-killed before is not known: dmesg: not allowed');
      expect(await reportOf(processOf(level))).not.toHaveProperty('oom');
    });
  });
});
