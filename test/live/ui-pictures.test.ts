// The pictures in a real browser: the Growth and Heap pages, and a report file that is opened from the disk.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../run-command.ts';
import {
  launchBrowser,
  noBrowser,
  type RunningUi,
  shownText,
  startUi,
  sticksOutBy,
  type WatchedPage,
  watchedPage,
} from './browser.ts';
import { canBuild, mayRead } from './heap-rights.ts';

const recorded = path.join('testdata', 'recorded', 'go1.26.8', 'unbounded-map-leaky.leakline');
const noWalk = !canBuild ? 'needs Go on amd64' : !mayRead ? 'needs the right to read the memory of a child' : undefined;

function leakline(...args: readonly string[]): void {
  const done = spawnSync(process.execPath, ['dist/cli.js', ...args], { cwd: repository, encoding: 'utf8' });
  if (done.status === null || ![0, 1, 3].includes(done.status)) throw new Error(done.stderr);
}

describe.skipIf(noBrowser !== undefined)(`pictures${noBrowser === undefined ? '' : ` (skipped: ${noBrowser})`}`, () => {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-pictures-'));
  const file = path.join(scratch, 'report.html');
  let browser: Browser;
  let ui: RunningUi;
  let opened: WatchedPage[] = [];

  async function open(url: string, options: Parameters<typeof watchedPage>[1] = {}) {
    const watched = await watchedPage(browser, options);
    opened.push(watched);
    await watched.page.goto(url);
    return watched.page;
  }

  beforeAll(async () => {
    const built = spawnSync('node', ['scripts/build.mjs'], { cwd: repository, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
    leakline(recorded, '--format', 'html', '-o', file);
    [browser, ui] = await Promise.all([launchBrowser(), startUi([recorded])]);
  });
  afterEach(async () => {
    const complaints = opened.flatMap((one) => one.complaints);
    await Promise.all(opened.map(({ page }) => page.context().close()));
    opened = [];
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), ui?.stop()]);
    rmSync(scratch, { recursive: true, force: true });
  });

  it('Growth: keys go through the flame graph, and the place in it stands in the URL', async () => {
    const page = await open(`${ui.url}#/growth`);
    const flame = page.getByRole('application', { name: /Flame graph/ });
    await flame.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    const selected = page.locator('.selected-frame');
    expect(await shownText(selected)).toMatch(/main\.\(\*gateway\)\.handle.*unbounded-map/s);
    await page.keyboard.press('Enter');
    await page.waitForURL(/zoom=runtime\.main/);
    await page.reload();
    await page.getByRole('application', { name: /Flame graph/ }).waitFor();
    expect(await shownText(page.locator('.selected-frame'))).toContain('main.(*gateway).handle');
    await page.goBack();
    await page.waitForFunction("!location.hash.includes('zoom')");
  });

  it('Growth: inverted, searched, in focus, between other moments, allocated', async () => {
    const page = await open(`${ui.url}#/growth`);
    const table = page.getByRole('table', { name: 'Growth by function' });
    await table.getByRole('button', { name: 'main.render' }).click();
    await page.waitForURL(/focus=main\.render/);
    await page.getByRole('button', { name: 'Inverted' }).click();
    expect(await shownText(page.locator('main'))).toContain('in use through main.render');
    await page.getByRole('button', { name: /only main\.render/ }).click();
    await page.getByLabel('Search functions').fill('repeat');
    expect(await table.getByRole('row').count()).toBe(2);
    await page.getByLabel('Search functions').fill('');
    await page.getByRole('slider', { name: /^from/ }).fill('5');
    await page.waitForURL(/from=\d+/);
    await page.getByRole('button', { name: 'Allocated' }).click();
    expect(await shownText(page.locator('main'))).toContain('whether kept or freed');
  });

  it('a report file opens from the disk with all its pages, asks for nothing, and is small', async () => {
    expect(statSync(file).size).toBeLessThan(600_000);
    const page = await open(`${pathToFileURL(file).href}#/overview`);
    await page.getByRole('heading', { name: 'It leaks.' }).waitFor();
    await page.getByRole('link', { name: 'Findings' }).click();
    await page.locator('.guilty').first().waitFor();
    await page.getByRole('link', { name: 'Growth' }).click();
    await page.getByRole('application', { name: /Flame graph/ }).waitFor();
    await page.getByRole('link', { name: 'Goroutines' }).click();
    await page.getByLabel('Goroutines').getByText('main.main').first().waitFor();
    await page.getByRole('link', { name: 'Heap', exact: true }).click();
    await page.getByText('Who holds the heap: not captured').waitFor();
  });

  it.each([
    ['dark', 1280],
    ['light', 390],
  ] as const)('nothing sticks out, %s at %i pixels', async (colorScheme, width) => {
    const page = await open(`${pathToFileURL(file).href}#/growth`, { colorScheme, width });
    await page.getByRole('application', { name: /Flame graph/ }).waitFor();
    expect(await sticksOutBy(page)).toBeLessThanOrEqual(0);
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe(colorScheme);
  });

  it.skipIf(noWalk !== undefined)(
    `Heap: holders, types and ways of a live program, and of its report file${noWalk === undefined ? '' : ` (skipped: ${noWalk})`}`,
    async () => {
      const binary = path.join(scratch, 'service');
      const built = spawnSync('go', ['build', '-o', binary, './unbounded-map/leaky'], {
        cwd: path.join(repository, 'testdata/programs'),
        encoding: 'utf8',
      });
      expect(built.status, built.stderr).toBe(0);
      const saved = path.join(scratch, 'walked.leakline');
      const service = spawn(binary, { stdio: 'ignore' });
      try {
        leakline('capture', String(service.pid), '--for', '4s', '-o', saved);
      } finally {
        service.kill('SIGKILL');
      }
      const walked = await startUi([saved]);
      try {
        const page = await open(`${walked.url}#/heap`);
        await page.getByRole('button', { name: /the main goroutine/ }).click();
        await page.waitForURL(/row=\d+/);
        await page.getByRole('navigation', { name: 'Way to these rows' }).getByText('the main goroutine').waitFor();
        await page.getByRole('button', { name: 'Types' }).click();
        await page.getByRole('button', { name: 'main.answer', exact: true }).click();
        const trace = page.locator('.trace').first();
        await trace.waitFor();
        expect(await shownText(trace)).toMatch(/the main goroutine.*var g.*main\.gateway.*\.recent.*main\.answer/s);
      } finally {
        await walked.stop();
      }
      const heapFile = path.join(scratch, 'heap.html');
      leakline(saved, '--format', 'html', '-o', heapFile);
      const page = await open(`${pathToFileURL(heapFile).href}#/heap/paths?of=main.answer`);
      expect(await shownText(page.locator('.trace').first())).toContain('map[string]*main.answer');
    },
  );
});
