import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { dayMs, drawCapture } from '../../../test/drawing/draw-recording.ts';
import { inFolder } from '../../../test/drawing/in-folder.ts';
import { repository, runCommand } from '../../../test/run-command.ts';
import { openStore } from '../../store/open-store.ts';

const recording = path.join(repository, 'testdata/recorded/go1.27.3/unbounded-map-leaky.leakline');

/** `leakline WORDS --store FOLDER/store`, in FOLDER. */
const inStore =
  (folder: string) =>
  (...words: string[]) =>
    runCommand([...words, '--store', path.join(folder, 'store')], { cwd: folder });

async function withImported(
  body: (run: ReturnType<typeof inStore>, id: string, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const run = inStore(folder);
    const { stdout, code } = await run('cases', 'import', recording);
    expect(code).toBe(0);
    await body(run, stdout.slice(0, 8), folder);
  });
}

describe('leakline cases', () => {
  it('says that nothing was recorded, and how to record', () =>
    inFolder(async (folder) => {
      await expect(inStore(folder)('cases')).rejects.toMatchObject({
        code: 'E-STORE-MISSING',
        advice: expect.stringContaining('leakline watch'),
      });
    }));

  it('lists what was imported, as text and as JSON by its published schema', () =>
    withImported(async (run, id) => {
      const text = await run('cases');
      expect(text.code).toBe(0);
      expect(text.stdout).toContain(`${id}  not judged yet  `);
      expect(text.stdout).toMatch(/\d+ captures, \d+ profiles/);
      expect(text.stdout).toContain('1 case, ');
      const schema = JSON.parse(
        readFileSync(path.join(repository, 'docs/schemas/leakline.cases-1.schema.json'), 'utf8'),
      );
      const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
      const json = JSON.parse((await run('cases', 'list', '--format', 'json')).stdout);
      expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
      expect(json.cases[0]).toMatchObject({ id, incarnations: 1 });
      expect(json.cases[0].profiles).toBeGreaterThan(5);
    }));

  it('shows the verdict of the latest report', () =>
    withImported(async (run, id, folder) => {
      const store = await openStore(path.join(folder, 'store'), { mode: 'write' });
      const [, content] = [await store.cases(), await store.loadCase(id, { capturesPerIncarnation: 2 })];
      expect(content.artefacts.length).toBeGreaterThan(2);
      const writer = await store.beginCase({ key: 'other', facts: { target: content.target }, atMs: dayMs });
      await writer.append(drawCapture(0));
      await writer.saveReport({ atMs: dayMs, verdict: 'leak', summary: 'One leak: a map grows.', json: '{}' });
      await store.close();
      const { stdout } = await run('cases');
      expect(stdout).toMatch(new RegExp(`${writer.id}   LEAK  `));
      expect(stdout).toContain('One leak: a map grows.');
    }));

  it('exports what gives the same report as the file that was imported', () =>
    withImported(async (run, id, folder) => {
      const exported = await run('cases', 'export', id.slice(0, 5), '-o', 'again.leakline');
      expect(exported.stderr).toMatch(/^again\.leakline: \d+ captures/);
      const before = await runCommand([recording, '--format', 'json']);
      const after = await runCommand([path.join(folder, 'again.leakline'), '--format', 'json']);
      const stored = await runCommand([`store:${folder}/store/${id}`, '--format', 'json']);
      expect(after.code).toBe(1);
      const [first, second, third] = [before, after, stored].map(({ stdout }) => JSON.parse(stdout));
      expect(second.findings).toEqual(first.findings);
      expect(second.totals).toEqual(first.totals);
      expect(third.findings).toEqual(first.findings);
      const asFolder = await runCommand([path.join(folder, 'store'), '--format', 'json']);
      expect(JSON.parse(asFolder.stdout).findings).toEqual(first.findings);
    }));

  it('exports a part: by time and by number', () =>
    withImported(async (run, id, folder) => {
      await run('cases', 'export', id, '-o', 'few.leakline', '--captures', '3');
      const { window } = JSON.parse(
        (await runCommand([path.join(folder, 'few.leakline'), '--format', 'json', '--no-source'])).stdout,
      );
      const middle = new Date((Date.parse(window.from) + Date.parse(window.to)) / 2).toISOString();
      await run('cases', 'export', id, '-o', 'half.leakline', '--to', middle);
      const half = JSON.parse(
        (await runCommand([path.join(folder, 'half.leakline'), '--format', 'json', '--no-source'])).stdout,
      );
      expect(Date.parse(half.window.to)).toBeLessThanOrEqual(Date.parse(middle));
      await expect(run('cases', 'export', id, '-o', 'no.leakline', '--to', '2001-01-01')).rejects.toThrow(
        'no profiles',
      );
    }));

  it('imports a file once, and nothing when one of the files cannot be read', () =>
    withImported(async (run) => {
      await expect(run('cases', 'import', recording)).rejects.toMatchObject({ code: 'E-CASE-IMPORTED' });
      const other = path.join(repository, 'testdata/recorded/go1.27.3/substring-leaky.leakline');
      await expect(run('cases', 'import', other, 'missing.leakline')).rejects.toMatchObject({ code: 'E-CASE-FILE' });
      expect((await run('cases')).stdout).toContain('1 case, ');
    }));

  it('answers for what was imported as for what was recorded', () =>
    withImported(async (_, id, folder) => {
      const store = await openStore(path.join(folder, 'store'), { mode: 'read' });
      const growth = await store.stackGrowth(id, { value: 'inuse-bytes' });
      expect(Math.max(...growth.perSecond)).toBeGreaterThan(10_000);
      const { metrics } = await store.metrics(id, { maxPoints: 100 });
      expect(metrics.get('heap-alloc')!.mean.some((value) => value > 1_000_000)).toBe(true);
      await store.close();
    }));

  it('drops a case, and what is old', () =>
    withImported(async (run, id) => {
      expect((await run('cases', 'prune', '--older', '14d')).stdout).toContain('dropped ');
      await expect(run('cases', 'prune', '--case', 'ffff')).rejects.toMatchObject({ code: 'E-STORE-CASE' });
      expect((await run('cases', 'prune', '--case', id)).stdout).toContain('1 case\n');
      expect((await run('cases')).stdout).toContain('no cases in ');
    }));

  it.each([
    [['cases', 'export', 'ab'], 'needs a file'],
    [['cases', 'export', 'ab', '-o', 'x', '--captures', '1'], '--captures 1'],
    [['cases', 'export', 'ab', '-o', 'x', '--from', 'noon'], '--from noon'],
    [['cases', 'export', 'ab', '-o', 'x', '--from', '1h', '--to', '2h'], '--from is later'],
    [['cases', 'prune'], 'nothing is said'],
    [['cases', 'prune', '--older', 'never'], '--older never'],
    [['cases', 'prune', '--max-bytes', '-1'], '--max-bytes -1'],
    [['cases', 'prune', '--older', '1d'], 'there is no store'],
    [['cases', 'list', '--format', 'md'], '--format md'],
  ])('%j is refused with a message that names the fault', (words, message) =>
    inFolder(async (folder) => {
      await expect(inStore(folder)(...words)).rejects.toThrow(message);
    }),
  );
});
