import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sendAlarm } from './send-alarm.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'leakline-alarm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const message = { reportJson: '{"verdict":"leak"}', reasons: ['main.cache grows', 'für immer'] };
const options = { env: process.env };

async function serve(
  status: number,
): Promise<{ url: URL; seen: { body: string; reason: string }[]; close: () => void }> {
  const seen: { body: string; reason: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ body, reason: String(request.headers['x-leakline-reason']) });
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}/hook/secret?token=x`), seen, close: () => server.close() };
}

describe('a command', () => {
  it('reads the report on stdin and the reasons in its environment', async () => {
    const file = path.join(folder, 'told');
    const command = `cat > ${file}; printf '\\n%s' "$LEAKLINE_REASON" >> ${file}`;
    expect(await sendAlarm({ kind: 'command', command }, message, options)).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe('{"verdict":"leak"}\nmain.cache grows\nfür immer');
  });

  it('that fails, reads nothing, or hangs costs one line', async () => {
    const send = (command: string) => sendAlarm({ kind: 'command', command }, message, { ...options, timeoutMs: 300 });
    expect(await send('exit 7')).toBe('it ended with code 7');
    expect(await send('true')).toBeUndefined();
    expect(await send('sleep 60 | cat')).toBe('it did not end within 0.3 s and was ended');
  });
});

describe('a webhook', () => {
  it('gets the report as the body of a POST', async () => {
    const server = await serve(204);
    expect(await sendAlarm({ kind: 'webhook', url: server.url }, message, options)).toBeUndefined();
    expect(server.seen).toEqual([{ body: '{"verdict":"leak"}', reason: 'main.cache grows; f?r immer' }]);
    server.close();
  });

  it('that refuses or redirects is told without its path, which may be a secret', async () => {
    for (const status of [500, 302]) {
      const server = await serve(status);
      const why = await sendAlarm({ kind: 'webhook', url: server.url }, message, options);
      expect(why).toContain(server.url.origin);
      expect(why).not.toContain('secret');
      server.close();
    }
  });

  it('that is not there costs one line', async () => {
    const gone = await serve(200);
    gone.close();
    const why = await sendAlarm({ kind: 'webhook', url: gone.url }, message, options);
    expect(why).toMatch(/^http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    expect(why).not.toContain('secret');
  });
});
