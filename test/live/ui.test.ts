// The pages in a real browser, on recorded runs and on a program that leaks while it is looked at.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TimelineAnswer } from '../../src/api/timeline.ts';
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

const hasGo = spawnSync('go', ['version']).status === 0;
const recorded = (name: string): string => path.join('testdata', 'recorded', 'go1.27.3', `${name}.leakline`);

describe.skipIf(noBrowser !== undefined)(
  `the pages${noBrowser === undefined ? '' : ` (skipped: ${noBrowser})`}`,
  () => {
    let browser: Browser;
    let stuck: RunningUi;
    let mapped: RunningUi;
    let opened: WatchedPage[] = [];

    /** A fresh browser profile at one of the views. */
    async function open(ui: RunningUi, hash: string, options: Parameters<typeof watchedPage>[1] = {}) {
      const watched = await watchedPage(browser, options);
      opened.push(watched);
      await watched.page.goto(`${ui.url}${hash}`);
      return watched.page;
    }

    beforeAll(async () => {
      const built = spawnSync('node', ['scripts/build.mjs'], { cwd: repository, encoding: 'utf8' });
      if (built.status !== 0) throw new Error(built.stderr);
      [browser, stuck, mapped] = await Promise.all([
        launchBrowser(),
        startUi([recorded('hanging-goroutine-leaky')]),
        startUi([recorded('native-mmap-leaky')]),
      ]);
    });
    afterEach(async () => {
      const complaints = opened.flatMap((one) => one.complaints);
      await Promise.all(opened.map(({ page }) => page.context().close()));
      opened = [];
      expect(complaints).toEqual([]);
    });
    afterAll(async () => {
      await Promise.all([browser?.close(), stuck?.stop(), mapped?.stop()]);
    });

    it('say first whether it leaks, how fast, where and when it meets its limit', async () => {
      const page = await open(mapped, '#/overview');
      await page.getByRole('heading', { name: 'It leaks.' }).waitFor();
      expect(await shownText(page.getByLabel('Verdict'))).toMatch(
        /Memory mapped at main\.load:26.*\n.*Limit.*full in/s,
      );
      const card = page.locator('.card').first();
      expect(await shownText(card)).toMatch(/native-mmap\s+strong 0\.\d\d\s+permanent/);
      // Memory over time is drawn, with a legend that names its parts.
      await page.locator('.chart canvas').first().waitFor();
      expect(await shownText(page.locator('.u-legend').first())).toContain('anonymous mmap');
      await page.getByRole('button', { name: 'Up to the limit' }).click();
      await page.waitForURL(/scale=limit/);
      expect(await shownText(page.locator('.u-legend').first())).toContain('used of host memory');
    });

    it('tell a finding as a story: lines, holder, goroutines, evidence, what to do', async () => {
      const page = await open(stuck, '#/overview');
      await page.locator('.card').first().click();
      await page.getByRole('heading', { name: /never end: chan send at main\.ask:23/ }).waitFor();
      const source = page.getByLabel('Source').locator('.guilty');
      await source.first().waitFor();
      expect(await source.allInnerTexts()).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^23\s+out <- o.*◀ blocks/s),
          expect.stringMatching(/^29\s+go ask\("south".*◀ spawns/s),
        ]),
      );
      expect(await shownText(page.getByLabel('Who holds it'))).toMatch(/goroutine main\.ask.*chan send/s);
      await page.getByRole('region', { name: 'Goroutines' }).getByText('chan send', { exact: true }).waitFor();
      expect(await shownText(page.getByRole('region', { name: 'Goroutines' }))).toMatch(
        /Proven stuck\s+1,146, by Go's own leak detector/,
      );
      expect(await shownText(page.getByLabel('Evidence'))).toMatch(/For it.*the runtime found that nothing can wake/s);
      expect(await shownText(page.getByLabel('What to do'))).toContain('Give each goroutine a way to end');
      expect(await page.getByLabel('Growth', { exact: true }).locator('canvas').count()).toBe(2);
    });

    it('list goroutines, proven stuck first, and find them by words; what is looked at outlives a reload', async () => {
      const page = await open(stuck, '#/goroutines');
      const rows = page.locator('a.row');
      await rows.first().waitFor();
      expect(await shownText(rows.first())).toMatch(/main\.ask.*chan send\s+proven stuck/s);
      const all = await rows.count();
      await page.keyboard.press('/');
      await page.keyboard.type('bestOffer select');
      await page.waitForURL(/q=bestOffer\+select/);
      await expect.poll(() => rows.count()).toBeLessThan(all);
      await rows.first().click();
      await page.getByText('An example stack').waitFor();
      const address = page.url();
      await page.reload();
      await page.getByText('An example stack').waitFor();
      expect(page.url()).toBe(address);
      expect(await page.getByRole('searchbox').inputValue()).toBe('bestOffer select');
      await page.goBack();
      await expect.poll(() => page.getByText('An example stack').count()).toBe(0);
    });

    it('show memory outside of the heap, and say what was not captured, with how to get it', async () => {
      const native = await open(mapped, '#/native');
      await native.getByLabel('Ledger').getByText('anonymous mmap').waitFor();
      expect(await shownText(native.getByLabel('Native trace'))).toMatch(/main\.load.*mmap.*leaking/s);
      expect(await shownText(native.getByLabel('Regions'))).toMatch(/anonymous rw-p.*\+\d+\.\d MiB/s);
      const absent = await open(stuck, '#/native');
      await absent.getByText('The ledger: not captured').waitFor();
      expect(await shownText(absent.getByLabel('Ledger'))).toContain('leakline ledger 24530');
      expect(await absent.getByLabel('Ledger').locator('table').count()).toBe(0);
      const oom = await open(stuck, '#/oom');
      await oom.getByText('Whether it was OOM-killed: not captured').waitFor();
      const doctor = await open(stuck, '#/doctor');
      await doctor.getByText('What this target allows: not captured').waitFor();
    });

    it('can be used with keys alone', async () => {
      const page = await open(stuck, '');
      await page.locator('.card').first().waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByLabel('What to do').waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('r');
      await page.waitForURL(/#\/goroutines/);
      await page.keyboard.press('1');
      await page.waitForURL(/#\/overview/);
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
      const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      const before = await ground();
      await page.keyboard.press('t');
      await expect.poll(ground).not.toBe(before);
    });

    it('fit a phone: every view scrolls down and not sideways', async () => {
      for (const colorScheme of ['dark', 'light'] as const) {
        const page = await open(mapped, '#/overview', { width: 360, height: 780, colorScheme });
        await page.locator('.chart canvas').first().waitFor();
        const views = await page.locator('nav.views a').count();
        expect(views).toBeGreaterThanOrEqual(6);
        for (let at = 0; at < views; at++) {
          await page.locator('nav.views a').nth(at).click();
          await expect.poll(() => page.locator('main .loading').count()).toBe(0);
          expect(await sticksOutBy(page), page.url()).toBeLessThanOrEqual(0);
        }
        await page.evaluate(`location.hash = '#/finding/native-mmap%3Amain.load%3A26'`);
        await page.getByLabel('What to do').waitFor();
        expect(await sticksOutBy(page)).toBeLessThanOrEqual(0);
      }
    });

    it('keep the token out of the address, and stay closed to who does not have it', async () => {
      const page = await open(stuck, '#/overview');
      await page.getByText('It leaks.').waitFor();
      expect(page.url()).not.toContain('token');
      await page.reload();
      await page.getByText('It leaks.').waitFor();
      const stranger = await watchedPage(browser);
      const answer = await stranger.page.goto(new URL('/', stuck.url).href);
      expect(answer?.status()).toBe(403);
      expect(await shownText(stranger.page.locator('body'))).not.toContain('main.');
      await stranger.page.context().close();
    });

    it('survive addresses that nobody wrote, and a finding of another run', async () => {
      const page = await open(stuck, '#/finding/no-such:main.x:1');
      await page.getByText('There is no such finding in this run').waitFor();
      await page.goto(`${stuck.url}#/%E0%A4%A/<img src=x onerror=alert(1)>?q=%`);
      await page.getByText('It leaks.').waitFor();
    });

    describe.skipIf(!hasGo)(`on a running program${hasGo ? '' : ' (skipped: needs a Go toolchain)'}`, () => {
      const scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-ui-'));
      let program: ChildProcess | undefined;
      afterAll(() => {
        program?.kill('SIGKILL');
        rmSync(scratch, { recursive: true, force: true });
      });

      it('watch it, and say what it and this machine allow', async () => {
        const folder = path.join(repository, 'testdata', 'programs', 'hanging-goroutine', 'leaky');
        const binary = path.join(scratch, 'leaky');
        const built = spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], {
          cwd: folder,
          encoding: 'utf8',
        });
        expect(built.status, built.stderr).toBe(0);
        program = spawn(binary, [], { stdio: ['ignore', 'pipe', 'inherit'] });
        await new Promise((resolve) => program?.stdout?.once('data', resolve));
        program.stdout?.resume();
        const live = await startUi([String(program.pid), '--for', '15s']);
        try {
          const page = await open(live, '#/overview');
          await page.getByRole('heading', { name: 'It leaks.' }).waitFor();
          await page.getByText('main.ask').first().waitFor();
          await page.getByLabel('Resident memory over time', { exact: true }).locator('canvas').waitFor();
          await page.getByRole('link', { name: 'Doctor' }).click();
          await page.getByText('This machine').waitFor({ timeout: 60_000 });
          expect(await shownText(page.getByLabel('target', { exact: true }))).toMatch(/✓/);
        } finally {
          await live.stop();
        }
      });

      it('follow a recording while it grows', async () => {
        const store = path.join(scratch, 'store');
        const flags = ['--store', store, '--look', '1s', '--every', '2s', '--for', '2m', '--no-walk', '--no-native'];
        const recorder = spawn(process.execPath, ['dist/cli.js', 'watch', String(program!.pid), ...flags], {
          cwd: repository,
          stdio: 'ignore',
        });
        try {
          const live = await startUiOnceThereIsACase(store);
          try {
            const page = await open(live, '#/overview');
            await page.getByText('recording', { exact: true }).waitFor();
            const end = async (): Promise<number> =>
              ((await page.evaluate(`fetch('./api/timeline').then((one) => one.json())`)) as TimelineAnswer).toMs;
            const before = await end();
            await expect.poll(end, { timeout: 30_000 }).toBeGreaterThan(before);
            // Nothing is known at first; the page asks again by itself.
            await page.getByLabel('Verdict').waitFor({ timeout: 90_000 });
          } finally {
            await live.stop();
          }
        } finally {
          recorder.kill('SIGKILL');
        }
      });
    });
  },
);

/** The recorder needs a moment to begin. */
async function startUiOnceThereIsACase(store: string): Promise<RunningUi> {
  for (let attempt = 0; ; attempt++) {
    try {
      if (existsSync(store)) return await startUi([store]);
      throw new Error(`there is no ${store}`);
    } catch (error) {
      if (attempt >= 60) throw error;
      await sleep(500);
    }
  }
}
