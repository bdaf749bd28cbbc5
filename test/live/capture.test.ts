// Capture against a real Go service: every kind of live target, and every way in which one goes wrong.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { captureSeries } from '../../src/capture/capture-series.ts';
import { captureTarget } from '../../src/capture/capture-target.ts';
import { parseTarget } from '../../src/capture/parse-target.ts';
import { parsePprofAddress } from '../../src/capture/pprof-address.ts';
import { createPprofClient, type PprofClientOptions } from '../../src/capture/pprof-client.ts';
import { processStartMs } from '../../src/capture/read-process.ts';
import { decodeProfile } from '../../src/decode/pprof/decode-profile.ts';
import { heapsOf, kindsOf, listen, messagesOf, quietOptions, shortPlan } from './capture-fixtures.ts';
import { buildServer, hasGo, makeCertificate, type RunningServer, startServer } from './capture-go-server.ts';

/** Sends each request to the next of the targets. */
function roundRobin(ports: readonly number[]): http.RequestListener {
  let turn = 0;
  return (request, response) => {
    const port = ports[turn++ % ports.length]!;
    const onward = http.request({ host: '127.0.0.1', port, path: request.url, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    onward.end();
  };
}

describe.skipIf(!hasGo)('capturing a live Go service (skipped without a go command)', () => {
  let binary: string;
  const running: { stop(): Promise<void> | void }[] = [];
  const started = async (args: readonly string[] = []): Promise<RunningServer> => {
    const server = await startServer(binary, args);
    running.push(server);
    return server;
  };
  const serving = async (handler: http.RequestListener) => {
    const server = await listen(handler);
    running.push({ stop: server.close });
    return server;
  };
  beforeAll(() => {
    binary = buildServer();
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
  });
  afterAll(async () => {
    for (const one of running.splice(0)) await one.stop();
  });

  it('takes a series from a URL, with everything that the endpoint offers', async () => {
    const server = await started();
    const progress: number[] = [];
    const result = await captureTarget(
      parseTarget([`${server.url}/debug/pprof/heap?debug=1`], false),
      quietOptions({}, { onCapture: ({ captureIndex }) => progress.push(captureIndex) }),
    );
    expect(heapsOf(result).length).toBeGreaterThanOrEqual(3);
    expect(progress).toEqual(heapsOf(result).map((_, index) => index));
    expect(kindsOf(result.artefacts)).toEqual(
      expect.arrayContaining([
        'goroutine-dump',
        'goroutine-profile',
        'heap-profile',
        'memstats',
        'process-status',
        'threadcreate-profile',
      ]),
    );
    expect(heapsOf(result).every((heap) => heap.forcedGc)).toBe(true);
    expect(heapsOf(result).every((heap) => decodeProfile(heap.bytes).kind === 'heap')).toBe(true);
    expect(new Set(result.artefacts.map((artefact) => artefact.incarnation))).toEqual(new Set([0]));
    expect(new Set(result.artefacts.map((artefact) => artefact.name)).size).toBe(result.artefacts.length);
    const memstats = result.artefacts.find((artefact) => artefact.kind === 'memstats');
    expect(Buffer.from(memstats!.bytes).toString()).toMatch(/^# runtime\.MemStats\n# Alloc = \d+/);
    expect(result.target).toMatchObject({ kind: 'url', pid: server.pid, build: { modulePath: 'example.com/svc' } });
    expect(result.cost?.forcedGcs).toBe(heapsOf(result).length);
    expect(messagesOf(result)).toBe('');
  });

  it('finds the port of a pid by itself and knows when it started', async () => {
    const server = await started();
    const result = await captureTarget(parseTarget([String(server.pid)], false), quietOptions({ forMs: 0 }));
    expect(result.target).toMatchObject({ kind: 'pid', label: `pid ${server.pid}`, pid: server.pid, exe: binary });
    expect(Math.abs(Date.now() - result.target.startedAtMs!)).toBeLessThan(60_000);
    expect(heapsOf(result)).toHaveLength(1);
  });

  it('starts a command, watches it and stops it', async () => {
    const output = new PassThrough();
    let text = '';
    output.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const result = await captureTarget(
      parseTarget(['--', 'sh', '-c', `${binary} -prefix /svc; true`], false),
      quietOptions({ forMs: 300 }, { commandOutput: output, readyMs: 700 }),
    ).catch((error: Error) => error);
    expect(String(result)).toContain('none of these serves pprof');
    const good = await captureTarget(
      parseTarget(['--', 'sh', '-c', `${binary}; true`], false),
      quietOptions({ forMs: 300 }, { commandOutput: output }),
    );
    expect(good.target).toMatchObject({ kind: 'command', exe: binary });
    expect(heapsOf(good).length).toBeGreaterThanOrEqual(2);
    expect(text).toContain('listening on');
    expect(text).toContain('stopping');
    expect(await processStartMs(good.target.pid!)).toBeUndefined();
  });

  it('says how a command ended that cannot be watched', async () => {
    const run = (argv: string[]) => captureTarget({ kind: 'command', argv }, quietOptions({}, { readyMs: 5000 }));
    await expect(run(['sh', '-c', 'exit 7'])).rejects.toThrow('sh ended with code 7 before its pprof answered');
    await expect(run(['./no-such-program'])).rejects.toThrow('there is no such program');
  });

  it('forces no GC and takes no dump when gentle', async () => {
    const server = await started();
    const result = await captureTarget(parseTarget([server.url], false), quietOptions({ gentle: true, forMs: 500 }));
    expect(result.cost?.forcedGcs).toBe(0);
    expect(kindsOf(result.artefacts)).not.toContain('goroutine-dump');
    expect(heapsOf(result).every((heap) => !heap.forcedGc)).toBe(true);
    expect(messagesOf(result)).toContain('no garbage collection was forced (--gentle)');
  });

  it('takes no dump of more goroutines than allowed, and says so', async () => {
    const server = await started();
    const result = await captureTarget(
      parseTarget([server.url], false),
      quietOptions({ forMs: 300, maxGoroutinesForDump: 2 }),
    );
    expect(kindsOf(result.artefacts)).not.toContain('goroutine-dump');
    expect(messagesOf(result)).toContain('no goroutine dump');
  });

  it('finds the endpoint under a prefix that was given', async () => {
    const server = await started(['-prefix', '/svc']);
    const result = await captureTarget(
      parseTarget([`127.0.0.1:${server.port}/svc`], false),
      quietOptions({ forMs: 0 }),
    );
    expect(heapsOf(result)).toHaveLength(1);
    await expect(
      captureTarget(parseTarget([`127.0.0.1:${server.port}`], false), quietOptions({ forMs: 0 })),
    ).rejects.toMatchObject({ code: 'E-CAPTURE-404', advice: expect.stringContaining('net/http/pprof') });
  });

  it('keeps what was captured when the target dies', async () => {
    const server = await started(['-die-after', '900ms']);
    const result = await captureTarget(
      parseTarget([server.url], false),
      quietOptions({ forMs: 20_000, everyMs: 200, restartGraceMs: 600 }),
    );
    expect(heapsOf(result).length).toBeGreaterThanOrEqual(2);
    expect(messagesOf(result)).toContain('the target stopped answering after');
  });

  it('keeps both halves apart when the target restarts', async () => {
    const server = await started(['-warm', '20']);
    let second: Promise<RunningServer> | undefined;
    const client = createPprofClient(parsePprofAddress(server.url));
    const series = await captureSeries(
      client,
      { ...shortPlan, forMs: 2500 },
      {
        onCapture: ({ captureIndex }) => {
          if (captureIndex === 2) second = server.stop().then(() => started(['-addr', `127.0.0.1:${server.port}`]));
        },
      },
    );
    client.close();
    await second;
    expect(new Set(series.artefacts.map((artefact) => artefact.incarnation))).toEqual(new Set([0, 1]));
    expect(messagesOf(series)).toContain('restarted');
    expect(messagesOf(series)).not.toContain('two processes');
    expect(series.endedEarly).toBeUndefined();
  });

  it('notices two services that answer by turns behind one port', async () => {
    const ports = [await started(['-warm', '30']), await started(['-warm', '3'])].map((server) => server.port);
    const proxy = await serving(roundRobin(ports));
    const client = createPprofClient(parsePprofAddress(proxy.url));
    const series = await captureSeries(client, { ...shortPlan, forMs: 2000 });
    client.close();
    expect(messagesOf(series)).toContain('two processes answer behind this address by turns');
    const heaps = heapsOf(series);
    const bytesOf = (incarnation: number) =>
      heaps
        .filter((heap) => heap.incarnation === incarnation)
        .map((heap) => decodeProfile(heap.bytes).samples.values[3]!.reduce((sum, value) => sum + value, 0));
    // The one that started with 30 MiB and the one with 3 MiB are never in one incarnation.
    for (const incarnation of new Set(heaps.map((heap) => heap.incarnation))) {
      const sizes = bytesOf(incarnation);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(20 << 20);
    }
  });

  it('ends at once when aborted and gives what there is', async () => {
    const server = await started();
    const abort = new AbortController();
    const result = await captureTarget(
      parseTarget([server.url], false),
      quietOptions(
        { forMs: 600_000, everyMs: 200 },
        { signal: abort.signal, onCapture: ({ captureIndex }) => captureIndex === 2 && abort.abort() },
      ),
    );
    expect(heapsOf(result)).toHaveLength(3);
    expect(messagesOf(result)).toContain('ended early by the user');
  });

  it('gives up on a server that is slower than the timeout', async () => {
    const server = await started(['-delay', '5s']);
    await expect(
      captureTarget(parseTarget([server.url], false), quietOptions({}, { client: { timeoutMs: 300 } })),
    ).rejects.toMatchObject({ code: 'E-CAPTURE-TIMEOUT' });
  });

  it('forces no GC on a slow server unless told to', async () => {
    const server = await started(['-delay', '550ms']);
    const result = await captureTarget(parseTarget([server.url], false), quietOptions({ forMs: 0, dumps: 'never' }));
    expect(result.cost?.forcedGcs).toBe(0);
    expect(messagesOf(result)).toContain('the heap is large or the target is slow');
  });

  it('sends basic credentials of the URL and never shows them', async () => {
    const server = await started(['-user', 'ann:s3cret%']);
    const result = await captureTarget(
      parseTarget([`http://ann:s3cret%25@127.0.0.1:${server.port}`], false),
      quietOptions({ forMs: 0 }),
    );
    expect(heapsOf(result)).toHaveLength(1);
    expect(JSON.stringify({ target: result.target, notes: result.notes })).not.toContain('s3cret');
    const refused = await captureTarget(
      parseTarget([`http://ann:wr0ng@127.0.0.1:${server.port}`], false),
      quietOptions({ forMs: 0 }),
    ).catch((error: Error) => error);
    expect(refused).toMatchObject({ code: 'E-CAPTURE-AUTH' });
    expect(JSON.stringify([refused, String(refused)])).not.toContain('wr0ng');
    const byHeader: PprofClientOptions = {
      headers: { authorization: `Basic ${Buffer.from('ann:s3cret%').toString('base64')}` },
    };
    const again = await captureTarget(
      parseTarget([server.url], false),
      quietOptions({ forMs: 0 }, { client: byHeader }),
    );
    expect(heapsOf(again)).toHaveLength(1);
  });

  it('reads from a server with a self-signed certificate when allowed to', async () => {
    const prefix = makeCertificate(path.dirname(binary));
    if (prefix === undefined) return;
    const server = await started(['-cert', prefix]);
    const capture = (word: string, client: PprofClientOptions) =>
      captureTarget(parseTarget([word], false), quietOptions({ forMs: 0 }, { client }));
    await expect(capture(`https://localhost:${server.port}`, {})).rejects.toMatchObject({
      code: 'E-CAPTURE-TLS',
      advice: expect.stringContaining('--insecure'),
    });
    expect(heapsOf(await capture(`https://localhost:${server.port}`, { insecure: true }))).toHaveLength(1);
    const ca = readFileSync(`${prefix}.crt`, 'utf8');
    expect(heapsOf(await capture(`https://localhost:${server.port}`, { ca }))).toHaveLength(1);
    // Without a scheme the port itself says that it wants TLS.
    expect(heapsOf(await capture(`127.0.0.1:${server.port}`, { ca }))).toHaveLength(1);
    const plain = await started();
    await expect(capture(`https://127.0.0.1:${plain.port}`, {})).rejects.toThrow('does not speak TLS');
  });
});
