// Capture against servers that are no pprof endpoint: each gets its own message, and few requests.
import type http from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { captureTarget } from '../../src/capture/capture-target.ts';
import { parseTarget } from '../../src/capture/parse-target.ts';
import { parsePprofAddress } from '../../src/capture/pprof-address.ts';
import { createPprofClient, type PprofClientOptions } from '../../src/capture/pprof-client.ts';
import { listen, quietOptions } from './capture-fixtures.ts';

describe('capturing what is no pprof endpoint', () => {
  const capture = (url: string, client: PprofClientOptions = {}) =>
    captureTarget(parseTarget([url], false), quietOptions({ forMs: 0 }, { client }));
  const withServer = async (handler: http.RequestListener, then: (url: string) => Promise<void>) => {
    const server = await listen(handler);
    try {
      await then(server.url);
    } finally {
      server.close();
    }
  };

  it('says that nothing listens', async () => {
    const server = await listen(() => {});
    server.close();
    await expect(capture(server.url)).rejects.toMatchObject({ code: 'E-CAPTURE-REFUSED' });
  });

  it('tries the usual places on a server that answers 404, then says how to serve pprof', async () => {
    const asked: string[] = [];
    await withServer(
      (request, response) => {
        asked.push(request.url ?? '');
        response.writeHead(404).end('no');
      },
      async (url) => {
        await expect(capture(url)).rejects.toMatchObject({
          code: 'E-CAPTURE-404',
          advice: expect.stringContaining('import _ "net/http/pprof"'),
        });
        expect(asked).toContain('/debug/pprof/');
        expect(asked).toContain('/pprof/');
        expect(asked.length).toBeLessThan(12);
      },
    );
  });

  it('says that a web page answers', async () => {
    await withServer(
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>hello'),
      async (url) => {
        await expect(capture(url)).rejects.toThrow('a web page answers instead of pprof');
        await expect(capture(`${url}/debug/pprof/heap`)).rejects.toThrow('a web page answers instead of pprof');
      },
    );
  });

  it('says 403 and where the server sends us', async () => {
    await withServer(
      (_, response) => response.writeHead(403).end(),
      async (url) => {
        await expect(capture(url)).rejects.toMatchObject({ code: 'E-CAPTURE-AUTH' });
      },
    );
    await withServer(
      (_, response) => response.writeHead(302, { location: 'https://login.example.com/' }).end(),
      async (url) => {
        await expect(capture(url)).rejects.toThrow('login.example.com');
      },
    );
  });

  it('tries again after a cut connection, and not after a 404', async () => {
    let calls = 0;
    await withServer(
      (request, response) => {
        calls += 1;
        if (calls === 1) request.socket.destroy();
        else if (calls === 2) response.writeHead(503).end();
        else response.writeHead(200).end("<a href='heap?debug=1'>heap</a> /debug/pprof/");
      },
      async (url) => {
        const client = createPprofClient(parsePprofAddress(url));
        expect((await client.open()).profiles).toEqual(new Set(['heap']));
        expect(client.cost().requests).toBe(3);
        client.close();
      },
    );
  });

  it('unpacks an answer that a proxy compressed, and says when one was cut in the middle', async () => {
    const index = "<a href='heap?debug=1'>heap</a> /debug/pprof/";
    await withServer(
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(index)),
      async (url) => {
        const client = createPprofClient(parsePprofAddress(url));
        expect((await client.open()).profiles).toEqual(new Set(['heap']));
        client.close();
      },
    );
    for (const encoding of ['identity', 'gzip']) {
      await withServer(
        (_, response) => {
          response.writeHead(200, { 'content-length': '100', 'content-encoding': encoding });
          response.write(gzipSync(index).subarray(0, 20), () => response.destroy());
        },
        async (url) => {
          await expect(capture(url, { retries: 0 })).rejects.toMatchObject({ code: 'E-CAPTURE-RESET' });
        },
      );
    }
  });

  it('refuses a body without end', async () => {
    await withServer(
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
      async (url) => {
        await expect(capture(url, { maxBodyBytes: 1 << 20 })).rejects.toMatchObject({ code: 'E-CAPTURE-SIZE' });
      },
    );
  });

  it('says that the answer is a CPU profile', async () => {
    // sample_type { type: 1 "cpu", unit: 2 "nanoseconds" }, then the string table.
    const text = (value: string) => Buffer.concat([Buffer.from([0x32, value.length]), Buffer.from(value)]);
    const cpu = Buffer.concat([Buffer.from([0x0a, 4, 8, 1, 16, 2]), ...['', 'cpu', 'nanoseconds'].map(text)]);
    await withServer(
      (request, response) =>
        response.end(request.url?.includes('heap') ? cpu : "<a href='heap?debug=1'>heap</a> /debug/pprof/"),
      async (url) => {
        await expect(capture(url)).rejects.toThrow('this is a CPU profile; expected a heap profile');
      },
    );
  });
});
