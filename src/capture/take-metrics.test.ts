import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parsePprofAddress } from './pprof-address.ts';
import { createPprofClient, type PprofClient } from './pprof-client.ts';
import { takeProcessMetrics, takeRuntimeMetrics } from './take-metrics.ts';

const index = '<a href="heap?debug=1">heap</a> <a href="goroutine?debug=1">goroutine</a> /debug/pprof/';
const heap = `heap profile: 1: 16 [1: 16] @ heap/1048576
${'1: 16 [1: 16] @ 0x1\n'.repeat(2000)}
# runtime.MemStats
# TotalAlloc = 900
# Mallocs = 30
# HeapAlloc = 500
# HeapSys = 4000
# NextGC = 1000
# NumGC = 7
`;

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Serves texts by path; undefined is a 404. */
async function clientOf(goroutines: string | undefined): Promise<PprofClient> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x');
    const name = pathname.replace('/debug/pprof/', '');
    const body = { '': index, heap, goroutine: goroutines }[name];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': name === '' ? 'text/html' : 'text/plain' });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createPprofClient(parsePprofAddress(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  open.push({
    close: () => {
      client.close();
      server.close();
    },
  });
  await client.open();
  return client;
}

describe('the figures of a runtime', () => {
  it('are the trailer of the heap and the first line of the goroutines, however long the rest is', async () => {
    const client = await clientOf(`goroutine profile: total 4321\n${'4321 @ 0x1 0x2\n'.repeat(50_000)}`);
    const { quantities, totals } = await takeRuntimeMetrics(client, undefined);
    expect(Object.fromEntries(quantities)).toEqual({
      'heap-alloc': 500,
      'heap-sys': 4000,
      'gc-goal': 1000,
      goroutines: 4321,
    });
    expect(totals).toEqual({ NumGC: 7, TotalAlloc: 900, Mallocs: 30 });
  });

  it('are without goroutines where these are not served: absent, not zero', async () => {
    const { quantities } = await takeRuntimeMetrics(await clientOf(undefined), undefined);
    expect(quantities.get('heap-alloc')).toBe(500);
    expect(quantities.has('goroutines')).toBe(false);
  });
});

describe.skipIf(process.platform !== 'linux')('the figures of a process', () => {
  it('are what /proc says of it', async () => {
    const metrics = await takeProcessMetrics({ pid: process.pid, startedAtMs: undefined });
    expect(metrics?.quantities.get('rss')).toBeGreaterThan(1 << 20);
    expect(metrics?.quantities.get('threads')).toBeGreaterThan(0);
  });

  it('are refused for another process that got the same number', async () => {
    await expect(takeProcessMetrics({ pid: process.pid, startedAtMs: 5 })).rejects.toThrow(
      `process ${process.pid} has ended`,
    );
  });

  it('are none where the process is not known', async () => {
    expect(await takeProcessMetrics(undefined)).toBeUndefined();
  });
});
