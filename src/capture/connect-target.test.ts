import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { createConnector } from './connect-target.ts';
import { processStartMs } from './read-process.ts';

const index = '<a href="heap?debug=1">heap</a> <a href="goroutine?debug=1">goroutine</a> /debug/pprof/';
const startedMs = await processStartMs(process.pid);
const canRead = startedMs !== undefined;

/** A unit whose process is this one, at so many seconds after its start. */
function unitOf(secondsOld: () => number) {
  const clock = { ...systemClock, wallMs: () => startedMs! + 1000 * secondsOld() };
  const spec = { kind: 'named', scheme: 'systemd', name: 'api' } as const;
  return createConnector(spec, {
    client: { clock },
    commandOutput: process.stderr,
    run: async () => `${process.pid}\n`,
  });
}

async function whileServing<T>(body: () => Promise<T>): Promise<T> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(index);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await body();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe.skipIf(!canRead)(`a unit that is restarted${canRead ? '' : ' (skipped: needs /proc)'}`, () => {
  it('is not there before it serves pprof again, unless it does not for a minute', async () => {
    let secondsOld = 3600;
    const unit = unitOf(() => secondsOld);
    const before = await whileServing(() => unit.connect());
    expect(before.client).toBeDefined();
    before.close();
    secondsOld = 2;
    await expect(unit.connect()).rejects.toThrow('systemd:api has started and serves no pprof yet');
    secondsOld = 61;
    expect((await unit.connect()).client).toBeUndefined();
  });

  it('that never served any is taken as it is, however young', async () => {
    expect(await unitOf(() => 2).connect()).toMatchObject({ client: undefined, process: { pid: process.pid } });
  });
});
