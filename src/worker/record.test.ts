// A whole recording of a server that answers, or does not: how it ends, and what is in the store then.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inFolder } from '../../test/drawing/in-folder.ts';
import { KnownError } from '../base/errors.ts';
import { systemClock } from '../capture/clock.ts';
import { createConnector } from '../capture/connect-target.ts';
import { parsePprofAddress } from '../capture/pprof-address.ts';
import type { RecordedEvent } from '../model/recording.ts';
import type { Report } from '../report/report.ts';
import { openStore } from '../store/open-store.ts';
import { defaultPace } from './pace.ts';
import { type RecordingEnd, record } from './record.ts';
import type { RecorderStatus } from './status.ts';

const profile = (name: string): Buffer => readFileSync(path.join('testdata/profiles/go1.27.3', name));
const index = '<a href="heap?debug=1">heap</a> <a href="goroutine?debug=1">goroutine</a> /debug/pprof/';
const trailer = '# runtime.MemStats\n# TotalAlloc = 900\n# HeapAlloc = 500\n# NumGC = 7\n';
// It is this process that answers, so that what the kernel says of it is recorded, too.
const cmdline = existsSync('/proc/self/cmdline')
  ? readFileSync('/proc/self/cmdline', 'utf8').replace(/\0$/, '')
  : 'svc';

interface World {
  readonly interrupt: AbortController;
  readonly leave: AbortController;
  readonly events: readonly RecordedEvent[];
  readonly status: () => RecorderStatus | undefined;
  readonly server: { hangs: boolean; readonly waiting: () => readonly string[]; readonly asked: () => number };
}

/** Runs a recording until `during` has ended it; `analyse` is asked for each analysis, counted from 0. */
async function recorded(
  analyse: (nth: number, signal: AbortSignal) => Promise<string>,
  during: (world: World) => Promise<void>,
): Promise<{ readonly end: RecordingEnd; readonly events: readonly string[]; readonly captures: number }> {
  const held = new Map<() => void, string>();
  let asked = 0;
  const world = { hangs: false, waiting: () => [...held.values()] };
  const http = createServer((request, response) => {
    asked += 1;
    const url = new URL(request.url ?? '', 'http://x');
    const name = url.pathname.replace('/debug/pprof/', '');
    const isText = url.searchParams.get('debug') === '1';
    const body = isText
      ? { heap: `heap profile: 1: 16 [1: 16] @ heap/1048576\n${trailer}`, goroutine: 'goroutine profile: total 5\n' }[
          name
        ]
      : { '': index, heap: profile('heap-current.pb.gz'), goroutine: profile('goroutine.pb.gz'), cmdline }[name];
    const answer = (): void => {
      held.delete(answer);
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': name === '' ? 'text/html' : 'text/plain' });
      response.end(body);
    };
    if (!world.hangs) return answer();
    held.set(answer, name);
    response.on('close', () => held.delete(answer));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = parsePprofAddress(`127.0.0.1:${(http.address() as AddressInfo).port}`);
  const [interrupt, leave] = [new AbortController(), new AbortController()];
  const events: RecordedEvent[] = [];
  let status: RecorderStatus | undefined;
  let analyses = 0;
  const server = {
    get hangs() {
      return world.hangs;
    },
    set hangs(value: boolean) {
      world.hangs = value;
      if (!value) for (const answer of [...held.keys()]) answer();
    },
    waiting: world.waiting,
    asked: () => asked,
  };
  try {
    return await inFolder(async (folder) => {
      const store = await openStore(path.join(folder, 'store'), { mode: 'write' });
      const connector = createConnector(
        { kind: 'url', address },
        { client: { timeoutMs: 500 }, commandOutput: process.stderr },
      );
      const running = record({
        connector,
        store,
        pace: { ...defaultPace, metricsMs: 10, profileFloorMs: 10, profileRestMs: 10, analysisFloorMs: 10 },
        plan: { gc: 'never', gentle: false },
        beside: { walk: undefined, traceSearchPath: undefined },
        retention: { keepMs: 86_400_000, maxBytes: 2 ** 31 },
        forMs: undefined,
        awayMs: 60_000,
        alarm: undefined,
        env: {},
        analyse: async (_, signal) => drawReport(await analyse(analyses++, signal)),
        clock: systemClock,
        signal: interrupt.signal,
        leave: leave.signal,
        onStatus: (now) => {
          status = now;
        },
        onEvent: (event) => events.push(event),
      });
      await during({ interrupt, leave, events, status: () => status, server });
      const end = await running;
      await store.close();
      const reader = await openStore(path.join(folder, 'store'), { mode: 'read' });
      const [summary] = await reader.cases();
      const kept = await reader.events(end.caseId);
      await reader.close();
      return { end, events: kept.map(({ message }) => message), captures: summary!.captures };
    });
  } finally {
    http.closeAllConnections();
    http.close();
  }
}

const drawReport = (summary: string): Report => ({
  schema: 'leakline.report/1',
  tool: { name: 'leakline', version: '0' },
  target: { kind: 'url', label: 'svc' },
  window: { from: '', to: '', captures: 2, restarts: 0 },
  verdict: 'inconclusive',
  summary,
  findings: [],
  clear: [],
  inconclusive: [],
  totals: [],
  growth: [],
  snippets: [],
  warnings: [],
});

async function until(ask: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!ask() && Date.now() < deadline) await sleep(5);
}

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new KnownError('E-ENDED', 'ended'))));

describe('a target that hangs', () => {
  it('is asked for one small thing until it answers; looks at its process go on', async () => {
    const { events } = await recorded(
      async () => 'nothing',
      async ({ interrupt, status, server, events }) => {
        const said = (text: string) => events.some(({ message }) => message.includes(text));
        await until(() => (status()?.profiles ?? 0) >= 3);
        server.hangs = true;
        // The request that was given up has ended, and the one that waits has arrived.
        await until(() => status()?.state === 'target-silent' && server.waiting().join() === 'cmdline');
        const [asked, looks] = [server.asked(), status()!.captures];
        await sleep(1200);
        expect(server.asked()).toBe(asked);
        expect(server.waiting()).toEqual(['cmdline']);
        if (status()?.target.pid !== undefined) expect(status()!.captures).toBeGreaterThan(looks + 2);
        server.hangs = false;
        await until(() => said('the target answers again'));
        const { profiles } = status()!;
        await until(() => status()!.profiles > profiles + 2);
        expect(status()!.state).toBe('recording');
        interrupt.abort();
      },
    );
    expect(events.join('\n')).toContain('the target does not answer');
  });
});

describe('the end of a recording', () => {
  it('gives up the analysis that runs for one that knows the last look', async () => {
    let [began, givenUp] = [false, false];
    const { end, events } = await recorded(
      async (nth, signal) => {
        if (nth > 0) return 'the last one';
        began = true;
        signal.addEventListener('abort', () => {
          givenUp = true;
        });
        return never(signal);
      },
      async ({ interrupt }) => {
        await until(() => began);
        interrupt.abort();
      },
    );
    expect(givenUp).toBe(true);
    expect(end.report?.summary).toBe('the last one');
    expect(events.at(-1)).toBe('the recording ended: the user ended it');
    expect(events.join()).not.toContain('analysis failed');
  });

  it('waits for nothing when it is left at once: the report is the last one, and the store is good', async () => {
    const { end, events, captures } = await recorded(
      async (nth, signal) => (nth === 0 ? 'the first one' : never(signal)),
      async ({ interrupt, leave, status }) => {
        await until(() => status()?.report !== undefined);
        interrupt.abort();
        leave.abort();
      },
    );
    expect(end.report?.summary).toBe('the first one');
    expect(events.at(-1)).toBe('the recording ended: it was left at once');
    expect(captures).toBeGreaterThan(0);
  });
});
