import { describe, expect, it } from 'vitest';
import { artefactsOfLogs, type ReadLog, readLogStream } from './read-log.ts';

const day = Date.UTC(2026, 10, 24);
const gc = (number: number, at: number): string =>
  `gc ${number} @${at}s 0%: 0.1+1+0.1 ms clock, 0.1+0/0/0+0.1 ms cpu, 9->9->9 MB, 9 MB goal, 0 MB stacks, 0 MB globals, 2 P`;
const dump = (...ids: number[]): string =>
  ids.map((id) => `goroutine ${id} [chan receive]:\nmain.work(0x1)\n\t/app/main.go:9 +0x1d\n`).join('\n');
const logOf = (name: string, text: string, modifiedMs = day): Promise<ReadLog> =>
  readLogStream(name, [new TextEncoder().encode(text)], modifiedMs);
const listOf = (logs: readonly ReadLog[]) =>
  artefactsOfLogs(logs, 0).artefacts.map(
    ({ kind, atMs, capture, incarnation }) =>
      `${incarnation} ${capture} ${kind} ${new Date(atMs).toISOString().slice(11, 19)}`,
  );

describe('artefactsOfLogs', () => {
  it('dates a trace from the end of the log, where no line has a stamp', async () => {
    expect(await logOf('svc.log', `${gc(1, 1)}\n${gc(2, 60)}\n`).then((log) => listOf([log]))).toEqual([
      '0 0 gctrace 23:59:00',
    ]);
  });

  it('dates it from stamps near its lines, and dumps from theirs', async () => {
    const log = await logOf(
      'svc.log',
      `2026-11-23T08:00:10Z served\n${gc(1, 10)}\n2026-11-23T08:01:00Z dumping\n${dump(1, 2)}\n2026-11-23T08:05:00Z dumping\n${dump(1, 2, 3)}\n`,
    );
    expect(listOf([log])).toEqual([
      '0 0 gctrace 08:00:00',
      '0 1 goroutine-dump 08:01:00',
      '0 2 goroutine-dump 08:05:00',
    ]);
  });

  it('keeps only the last of dumps that nothing dates, and says so', async () => {
    const log = await logOf('svc.log', `${dump(1, 2)}\n${dump(1, 2, 3)}\n`);
    expect(listOf([log])).toEqual(['0 0 goroutine-dump 00:00:00']);
    expect(artefactsOfLogs([log], 0).messages.join()).toContain('no line says when they were taken');
  });

  it('joins what a rotation cut, and keeps apart what a restart separates; the last start is incarnation 0', async () => {
    const first = await logOf('svc.log.1', `${gc(1, 1)}\n${gc(2, 60)}\n`, day - 3_600_000);
    const second = await logOf('svc.log', `${gc(3, 120)}\n${gc(4, 180)}\nstart\n${gc(1, 5)}\n${gc(2, 10)}\n`);
    const { artefacts, messages } = artefactsOfLogs([first, second], 7);
    expect(artefacts.map(({ incarnation, capture }) => [incarnation, capture])).toEqual([
      [0, 7],
      [1, 8],
    ]);
    expect(new TextDecoder().decode(artefacts[1]?.bytes).trimEnd().split('\n')).toHaveLength(4);
    expect(messages[0]).toBe('2 logs: 6 garbage collections traced, 0 goroutine dumps, 2 starts of the program');
  });

  it('says how the program ended', async () => {
    const end =
      'runtime: out of memory: cannot allocate 4194304-byte block (2138963968 in use)\nfatal error: out of memory\n';
    const { messages } = artefactsOfLogs([await logOf('svc.log', `${end}\n${dump(1, 2)}\n`)], 0);
    expect(messages.filter((message) => message.startsWith('the program ended'))).toEqual([
      'the program ended: the system refused it memory with 2.0 GiB of heap in use (runtime: out of memory: cannot allocate 4194304-byte block (2138963968 in use))',
    ]);
  });
});
