// Real requests to a real server: who may read, and what is refused.
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KnownError } from '../base/errors.ts';
import type { Report } from '../report/report.ts';
import { type RunningServer, serve } from './serve.ts';
import type { Served } from './served.ts';

const token = 'correct-horse-battery';
const bugs: unknown[] = [];
let running: RunningServer;

const unused = async (): Promise<never> => {
  throw new KnownError('E-NOTHING', 'this run holds nothing', { advice: 'Watch longer.' });
};
const served: Served = {
  cases: unused,
  report: async () => ({ summary: 'the report' }) as Report,
  timeline: async () => {
    throw new Error('a secret path /home/of/somebody');
  },
  analysed: unused,
  heap: unused,
  doctor: unused,
};

beforeAll(async () => {
  const page = (text: string, type: string) => ({ type, bytes: Buffer.from(text) });
  running = await serve({
    open: async () => served,
    pages: new Map([
      ['/', page('<p>leakline', 'text/html')],
      ['/app.js', page('1', 'text/javascript')],
    ]),
    port: 0,
    token,
    onBug: (error) => bugs.push(error),
  });
});
afterAll(() => running.close());

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(path: string, { method = 'GET', body, ...headers }: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const all = { host: `127.0.0.1:${running.port}`, ...headers };
    const sent = request({ host: '127.0.0.1', port: running.port, path, method, headers: all }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const withToken = { 'x-leakline-token': token };

describe('the local server', () => {
  it('answers to who has the token: in the address, then as a cookie that pages cannot read', async () => {
    const opened = await ask(new URL(running.url).pathname + new URL(running.url).search);
    expect(opened.status).toBe(200);
    const cookie = String(opened.headers['set-cookie']);
    expect(cookie).toBe(`leakline-${running.port}=${token}; HttpOnly; SameSite=Strict; Path=/`);
    const answer = await ask('/api/report', { cookie: `other=1; ${cookie.split(';')[0]}` });
    expect(JSON.parse(answer.body)).toEqual({ summary: 'the report' });
    expect((await ask('/api/report', withToken)).status).toBe(200);
  });

  it('refuses all others', async () => {
    for (const headers of [{}, { 'x-leakline-token': 'wrong' }, { cookie: `leakline-${running.port}=` }]) {
      const answer = await ask('/api/report', headers as Record<string, string>);
      expect(answer.status).toBe(403);
      expect(answer.body).not.toContain('the report');
    }
    // In an address of values the token would end up in logs and histories.
    expect((await ask(`/api/report?token=${token}`)).status).toBe(403);
    expect((await ask('/')).status).toBe(403);
    expect((await ask('/app.js')).status).toBe(403);
  });

  it('answers to its own name only, so that no other name can be pointed at it', async () => {
    for (const host of ['evil.example', `evil.example:${running.port}`, '127.0.0.1', `[::1]:${running.port}`])
      expect((await ask('/api/report', { ...withToken, host })).status).toBe(421);
    expect((await ask('/api/report', { ...withToken, host: `localhost:${running.port}` })).status).toBe(200);
  });

  it('refuses what a page of another origin makes a browser send, on another port of this machine, too', async () => {
    for (const site of ['cross-site', 'same-site'])
      expect((await ask('/api/report', { ...withToken, 'sec-fetch-site': site })).status).toBe(403);
    expect((await ask('/api/report', { ...withToken, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    const clicked = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await ask(`/?token=${token}`, clicked)).status).toBe(200);
  });

  it('can only be read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const answer = await ask('/api/report', { ...withToken, method });
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('GET, HEAD');
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    const head = await ask('/api/report', { ...withToken, method: 'HEAD' });
    expect([head.status, head.body]).toEqual([200, '']);
    expect((await ask('/api/report', { ...withToken, 'content-length': '9', body: 'some body' })).status).toBe(413);
  });

  it('knows paths by name, so that none leads to a file', async () => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/app.js/../../x',
      '/api/',
      '/__proto__',
      '//etc/passwd',
      '/api/report/',
    ])
      expect([400, 404]).toContain((await ask(path, withToken)).status);
    expect((await ask('http://evil.example/api/report', withToken)).status).toBe(400);
  });

  it('says what a reader can understand, and hides what is a bug', async () => {
    const known = await ask('/api/doctor', withToken);
    expect([known.status, JSON.parse(known.body)]).toEqual([
      422,
      { code: 'E-NOTHING', message: 'this run holds nothing', advice: 'Watch longer.' },
    ]);
    const bug = await ask('/api/timeline', withToken);
    expect(bug.status).toBe(500);
    expect(bug.body).not.toContain('secret');
    expect(String(bugs)).toContain('secret');
    for (const query of ['from=-1', 'count=x', 'count=1.5', 'sort=best', `search=${'a'.repeat(3000)}`])
      expect((await ask(`/api/goroutines?${query}`, withToken)).status).toBe(400);
  });

  it('lets pages run and load nothing but its own', async () => {
    const { headers } = await ask(`/?token=${token}`);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });

  it('bounds what it reads of a request', async () => {
    const answer = await ask('/api/report', { ...withToken, 'x-long': 'a'.repeat(40_000) });
    expect(answer.status).toBe(431);
    const garbage = await new Promise<string>((resolve) => {
      const socket = connect(running.port, '127.0.0.1', () => socket.end('\u0000\u0001 nonsense\r\n\r\n'));
      let said = '';
      socket.on('data', (chunk) => {
        said += chunk;
      });
      socket.on('close', () => resolve(said));
    });
    expect(garbage).toMatch(/^HTTP\/1\.1 400 /);
    expect((await ask('/api/report', withToken)).status).toBe(200);
  });

  it('says that its port is in use', async () => {
    const again = serve({
      open: async () => served,
      pages: new Map(),
      port: running.port,
      token,
      onBug: () => undefined,
    });
    await expect(again).rejects.toThrow(`port ${running.port} is in use`);
  });
});
