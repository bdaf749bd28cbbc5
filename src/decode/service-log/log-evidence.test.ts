import { describe, expect, it } from 'vitest';
import { createLogEvidenceDecoder, type LogEvidence } from './log-evidence.ts';

const context = { referenceMs: Date.UTC(2026, 10, 24), localTime: Date.UTC };

/** Pushes in pieces of a few bytes, so that every line is cut somewhere. */
function evidenceOf(text: string, pieceBytes = 7): LogEvidence {
  const decoder = createLogEvidenceDecoder(context);
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) decoder.push(bytes.subarray(at, at + pieceBytes));
  return decoder.finish();
}

const gc = (number: number, at: number, live: number): string =>
  `gc ${number} @${at}s 0%: 0.1+1+0.1 ms clock, 0.1+0/0/0+0.1 ms cpu, 9->9->${live} MB, 9 MB goal, 0 MB stacks, 0 MB globals, 2 P`;
const dump = (...ids: number[]): string =>
  ids
    .map((id) => `goroutine ${id} [chan receive, 3 minutes]:\nmain.work(0x1)\n\t/app/main.go:${id} +0x1d\n`)
    .join('\n');

describe('createLogEvidenceDecoder', () => {
  it('takes the lines of the runtime out of a log, with their time from the line before', () => {
    const { runs } = evidenceOf(
      `2026-11-23T10:00:00Z start\nlevel=info msg="goroutine pool ready"\n2026/11/23 10:00:10 served\n${gc(1, 10, 3)}\n2026/11/23 10:00:21 slow\n${gc(2, 20, 4)}\n`,
    );
    expect(runs).toMatchObject([{ cycles: 2, startMs: Date.UTC(2026, 10, 23, 10), dumps: [], crashes: [] }]);
    expect(runs[0]?.trace).toBe(`${gc(1, 10, 3)}\n${gc(2, 20, 4)}\n`);
  });

  it.each([
    [
      'docker',
      (line: string) => JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: '2026-11-23T10:00:00.5Z' }),
    ],
    ['CRI', (line: string) => `2026-11-23T10:00:00.500000000Z stderr F ${line}`],
    ['journalctl', (line: string) => `Nov 23 10:00:00.500000 node-1 svc[42]: ${line}`],
    ['docker compose', (line: string) => `svc-1  | ${line}`],
    ['no one', (line: string) => `${line}\r`],
  ])('takes off what %s puts around each line', (name, wrap) => {
    const text = `${gc(1, 1, 3)}\n${dump(1, 7, 8)}\nserved\n`;
    const { runs } = evidenceOf(`${text.split('\n').map(wrap).join('\n')}\n`);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({
      cycles: 1,
      dumps: [{ goroutines: 3, text: dump(1, 7, 8), sinceStartMs: 1000 }],
    });
    if (name !== 'docker compose' && name !== 'no one')
      expect(runs[0]?.dumps[0]?.atMs).toBe(Date.UTC(2026, 10, 23, 10, 0, 0, 500));
  });

  it('keeps two dumps of one program apart: each goroutine is listed once', () => {
    const { runs } = evidenceOf(`${dump(1, 2)}\n${dump(1, 2, 3)}\n`);
    expect(runs.map((run) => run.dumps.map((one) => one.goroutines))).toEqual([[2, 3]]);
  });

  it('reads on through lines that others wrote into a dump', () => {
    const { runs } = evidenceOf(`${dump(1)}served GET /\n${dump(2)}${gc(4, 9, 1)}\n\n${dump(3)}\n`);
    expect(runs[0]).toMatchObject({ cycles: 1, dumps: [{ goroutines: 3 }] });
    expect(runs[0]?.dumps[0]?.text).not.toContain('served');
  });

  it('finds a dump that a program wrote through its log', () => {
    const { runs } = evidenceOf(`2026/11/23 10:00:00 main.go:12: ${dump(1, 2)}\nserved\n`);
    expect(runs[0]?.dumps[0]).toMatchObject({ goroutines: 2, atMs: Date.UTC(2026, 10, 23, 10) });
  });

  it('begins a new run when the program restarts', () => {
    const trace = evidenceOf([gc(1, 1, 9), gc(2, 2, 9), gc(1, 0.5, 1), gc(2, 3, 1)].join('\n'));
    expect(trace.runs.map((run) => run.cycles)).toEqual([2, 2]);
    const quit = `SIGQUIT: quit\nPC=0x47b2ce m=0 sigcode=0\n\n${dump(1, 2)}\nrax    0xfc\nexit status 2\n`;
    const twice = evidenceOf(`${quit}start\n${quit}`);
    expect(twice.runs).toMatchObject([
      { crashes: [{ kind: 'sigquit' }], dumps: [{ goroutines: 2 }] },
      { crashes: [{ kind: 'sigquit' }], dumps: [{ goroutines: 2 }] },
    ]);
  });

  it('counts a panic that a handler caught, but not as a dump', () => {
    const panic = (id: number): string =>
      `2026/11/23 10:00:00 http: panic serving 10.0.0.1:5: boom\ngoroutine ${id} [running]:\nnet/http.(*conn).serve.func1()\n\t/go/src/net/http/server.go:1868 +0xb9\n`;
    const { runs, singleTracebacks, lastTraceback } = evidenceOf(`${panic(34)}${panic(35)}served\n`.repeat(3));
    expect(runs).toEqual([]);
    expect(singleTracebacks).toBe(6);
    expect(lastTraceback?.text).toContain('goroutine 35 [running]:');
  });

  it('does not take the words of the program for those of the runtime', () => {
    expect(evidenceOf('fatal error: no database\nSCHED 9 of 10\ngoroutine 5 done\nruntime: 5 ms\n').runs).toEqual([]);
  });

  it('keeps few of very many cycles, from the first to the last', () => {
    const many = Array.from({ length: 30_001 }, (_, index) => gc(index + 1, index, index)).join('\n');
    const [run] = evidenceOf(many, 65_536).runs;
    expect(run?.cycles).toBe(30_001);
    const lines = run?.trace.trimEnd().split('\n') ?? [];
    expect(lines.length).toBeLessThan(8200);
    expect(lines[0]).toBe(gc(1, 0, 0));
    expect(lines.at(-1)).toBe(gc(30_001, 30_000, 30_000));
  });

  it('passes over lines without end and other bytes', () => {
    const decoder = createLogEvidenceDecoder(context);
    for (let count = 0; count < 64; count++) decoder.push(new Uint8Array(1 << 20));
    decoder.push(new TextEncoder().encode(`\n${gc(1, 1, 1)}\n`));
    expect(decoder.finish().runs).toMatchObject([{ cycles: 1 }]);
  });

  it('makes something or nothing of a damaged log, and never fails', () => {
    const text = new TextEncoder().encode(
      `2026-11-23T10:00:00Z start\n${gc(1, 10, 3)}\nSIGQUIT: quit\n\n${dump(1, 2)}\nrax 0x1\n${JSON.stringify({ log: `${dump(3)}\n`, time: 'x' })}\n`,
    );
    for (let at = 0; at < text.length; at++) {
      for (const byte of [0, 0x0a, 0x22, 0x5b, 0xff]) {
        const decoder = createLogEvidenceDecoder(context);
        decoder.push(Uint8Array.from(text, (old, index) => (index === at ? byte : old)));
        decoder.push(text.subarray(0, at));
        decoder.finish();
      }
    }
  });

  it('says when several processes write one log', () => {
    const mixed = Array.from({ length: 40 }, (_, index) =>
      gc(index % 2 === 0 ? 900 + index : index, index % 2 === 0 ? 5000 : 1, 5),
    );
    expect(evidenceOf(mixed.join('\n')).warnings.join()).toContain('several processes');
  });
});
