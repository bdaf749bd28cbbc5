import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { drawnProofs, drawWalk } from '../../../test/drawing/draw-heap.ts';
import { repository, runCommand } from '../../../test/run-command.ts';
import { type GoroutinesResult, goroutinesOfWalk } from '../compose-goroutines.ts';
import { renderGoroutines } from '../render-goroutines.ts';

const schema = JSON.parse(
  readFileSync(path.join(repository, 'docs/schemas/leakline.goroutines-1.schema.json'), 'utf8'),
);
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);

describe('leakline goroutines', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-goroutines-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('groups a dump, and does not acquit by it', async () => {
    const file = path.join(directory, 'dump.txt');
    const sender = (id: number): string =>
      `goroutine ${id} [chan send, 5 minutes]:\nmain.ask(0x1)\n\t/app/main.go:23 +0x1\ncreated by main.best in goroutine 1\n\t/app/main.go:29 +0x1\n\n`;
    writeFileSync(
      file,
      `goroutine 1 [running]:\nmain.main()\n\t/app/main.go:9 +0x1\n\n${sender(5)}${sender(6)}goroutine 9 [select (leaked)]:\nmain.wait()\n\t/app/main.go:40 +0x1\n`,
    );
    const { stdout, code } = await runCommand(['goroutines', file, '--format', 'json']);
    const result = JSON.parse(stdout) as GoroutinesResult;
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    expect(result.groups.map(({ count, state, proof }) => ({ count, state, proof }))).toEqual([
      { count: 1, state: 'select', proof: 'runtime' },
      { count: 2, state: 'chan send', proof: undefined },
      { count: 1, state: 'running', proof: undefined },
    ]);
    expect(result.groups[1]).toMatchObject({ oldestWaitMs: 300_000, createdAt: { function: 'main.best', line: 29 } });
    expect(code).toBe(1);
  });

  it('says of a walk which can never run again, and that nobody holds the lock', async () => {
    const walk = drawWalk('goroutine worker created main.start main.go:12 > buf\nbuf []uint8 64\n', {
      proofs: async () =>
        drawnProofs({
          leakedGoroutines: 3,
          leakedBytes: 4096,
          stuck: [
            {
              startFunction: 'main.buy',
              createdAt: { functionName: 'main.main', file: '/app/main.go', line: 34 },
              state: 'sync.Mutex.Lock',
              blockedAt: { functionName: 'main.(*event).buy', file: '/app/main.go', line: 21 },
              stack: [],
              count: 3,
              ids: [7, 8, 9],
              oldestWaitNs: 60e9,
              retainedBytes: 2048,
              stackBytes: 6144,
              proof: 'unreachable',
              wokenBy: undefined,
              counterparts: [],
            },
          ],
        }),
    });
    const result = await goroutinesOfWalk(walk, { label: 'pid 7', pid: 7 });
    expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
    const text = renderGoroutines(result, { color: false, width: 100, top: 5, verbose: false, cwd: '/app' });
    expect(text).toContain('3 of 1 goroutines can never run again, keeping 4.0 KiB of heap');
    expect(text).toContain('waits in   main.(*event).buy  main.go:21');
    expect(text).toContain('nobody was found who could unlock it');
    expect(text).toContain('1 × worker');
  });
});
