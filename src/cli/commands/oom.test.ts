// `leakline oom` on logs: what a user and a script see. Real kills are in test/live/oom.test.ts.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { OomResult } from '../compose-oom.ts';
import { type OomFlags, runOom } from './oom.ts';

const at = (seconds: string) => `2026-11-22T22:${seconds}+00:00 web1 kernel:`;
/** Two kills of a container's process by the limit of its pod, in which another container holds the memory. */
const log = ['00:00', '10:00']
  .map(
    (time) => `${at(time)} svc invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
${at(time)} memory: usage 1048576kB, limit 1048576kB, failcnt 153
${at(time)} [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
${at(time)} [   4000]     0  4000   800000   200000   331776        0          -997 cache
${at(time)} [   4242]     0  4242   322850    52430   331776        0           980 svc
${at(time)} oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/kubepods/pod1,task_memcg=/kubepods/pod1/0123456789abcdef,task=svc,pid=4242,uid=0
${at(time)} Memory cgroup out of memory: Killed process 4242 (svc) total-vm:1291400kB, anon-rss:209000kB, file-rss:720kB, shmem-rss:0kB, UID:0 pgtables:324kB oom_score_adj:980
`,
  )
  .join('');

async function run(word: string | undefined, flags: OomFlags, stdin = log): Promise<{ code: number; text: string }> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const input = new PassThrough();
  input.end(stdin);
  const code = await runOom(
    word,
    { log: ['-'], ...flags },
    {
      stdin: input,
      stdout,
      stderr: stdout,
      env: {},
      cwd: '/',
      home: '/',
      nowMs: () => Date.UTC(2026, 10, 22, 22, 15),
      interrupt: new AbortController().signal,
    },
  );
  return { code, text: Buffer.concat(chunks).toString() };
}

const json = async (word: string | undefined, stdin?: string): Promise<OomResult> =>
  JSON.parse((await run(word, { format: 'json' }, stdin)).text) as OomResult;

describe('leakline oom --log', () => {
  it('tells the whole story in its first lines', async () => {
    const { code, text } = await run('4242', {});
    expect(code).toBe(0);
    expect(
      text.split('\n').slice(0, 9).join('\n'),
    ).toBe(` KILLED  pid 4242 was OOM-killed 2 times, last 5 min ago, typically 10 min apart; the limit of
       1.0 GiB of its cgroup was full.

svc (pid 4242)  2026-11-22 22:10:00 UTC on web1
  limit    1.0 GiB of cgroup /kubepods/pod1; the process lived in /kubepods/pod1/0123456789abcdef
  holder   another process held it: cache (pid 4000), 781 MiB, 76 % of what was in use;
           oom_score_adj -997 spared it
  process  204 MiB anonymous · 720 KiB files · 324 KiB page tables · oom_score_adj 980
  source   stdin`);
  });

  it('speaks JSON by its published schema', async () => {
    const schema = JSON.parse(
      readFileSync(path.resolve(import.meta.dirname, '../../../docs/schemas/leakline.oom-1.schema.json'), 'utf8'),
    );
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    for (const word of [undefined, '4242', '0123456789abcdef', 'other']) {
      const result = await json(word);
      expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    }
    expect((await json(undefined)).kills[0]).toEqual({
      at: '2026-11-22T22:10:00.000Z',
      host: 'web1',
      pid: 4242,
      comm: 'svc',
      constraint: 'cgroup',
      cgroup: '/kubepods/pod1/0123456789abcdef',
      limitCgroup: '/kubepods/pod1',
      limitBytes: 1073741824,
      usageBytes: 1073741824,
      anonRssBytes: 214016000,
      fileRssBytes: 737280,
      shmemRssBytes: 0,
      pageTableBytes: 331776,
      scoreAdj: 980,
      asGroup: false,
      holder: expect.objectContaining({ kind: 'other-process', pid: 4000, comm: 'cache', bytes: 819200000 }),
      trigger: { comm: 'svc', gfpMask: 'GFP_KERNEL', order: 0, scoreAdj: 0 },
      source: 'stdin',
    });
  });

  it('finds a container by its id, and says how it was found', async () => {
    const result = await json('0123456789abcdef');
    expect(result.kills.map((kill) => kill.matchedBy)).toEqual(['container', 'container']);
    expect(result.frequency).toMatchObject({ medianIntervalMs: 600_000 });
  });

  it('says nothing of this machine when the log may be of another', async () => {
    const result = await json(String(process.pid));
    expect(result).toMatchObject({ next: [], limits: [], counted: [], target: { label: `pid ${process.pid}` } });
  });

  it('says since when there was no kill, and that others were struck', async () => {
    const result = await json('999');
    expect(result).toMatchObject({ outcome: 'not-killed', killCount: 0, kills: [] });
    expect(result.summary).toBe('No OOM kill of pid 999 since 2026-11-22 22:00 UTC, where the logs begin.');
    expect(result.warnings).toContainEqual(expect.stringContaining('2 other kills in these logs'));
  });

  it('shows as many as were asked for', async () => {
    const { text } = await run(undefined, { top: '1' });
    expect(text.match(/^svc \(pid 4242\)/gm)).toHaveLength(1);
    expect(text).toContain('… and 1 more (--top 2).');
  });

  it('lets no control characters of a log reach the terminal', async () => {
    const { text } = await run(
      undefined,
      {},
      log.replaceAll('(svc)', '(s\u001b[2Jc)').replaceAll(' svc\n', ' s\u001b[2Jc\n'),
    );
    expect(text).not.toContain('\u001b');
    expect(text).toContain('s\\u001b[2Jc');
  });

  it('refuses what it cannot do', async () => {
    await expect(run(undefined, { format: 'md' })).rejects.toMatchObject({ code: 'E-USAGE' });
    await expect(run(undefined, { for: 'x' })).rejects.toMatchObject({ code: 'E-USAGE' });
    await expect(run(undefined, { log: ['/nonexistent'] })).rejects.toMatchObject({ code: 'E-LOG' });
  });
});
