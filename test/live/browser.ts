// A real headless Chromium for tests of the pages, and the built `leakline ui` behind it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { repository } from '../run-command.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** undefined when there is one. */
export const noBrowser =
  executablePath === undefined
    ? 'needs Chromium (apt-get install chromium, or scripts/install-tools.sh --tests)'
    : undefined;

export function launchBrowser(): Promise<Browser> {
  // Chromium's sandbox cannot be made by root; the pages are our own.
  return chromium.launch({ executablePath: executablePath!, args: process.geteuid?.() === 0 ? ['--no-sandbox'] : [] });
}

export interface WatchedPage {
  readonly page: Page;
  /** What must not happen: messages of the console, errors, requests to anywhere else. */
  readonly complaints: readonly string[];
}

export async function watchedPage(
  browser: Browser,
  options: { readonly width?: number; readonly height?: number; readonly colorScheme?: 'dark' | 'light' } = {},
): Promise<WatchedPage> {
  const { width = 1280, height = 900, colorScheme = 'dark' } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  let origin: string | undefined;
  page.on('console', (message) => {
    // 422 is an answer: that there is nothing yet, in words that the page shows.
    const isAnswer = message.text().includes('status of 422');
    if ((message.type() === 'error' || message.type() === 'warning') && !isAnswer) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const url = new URL(request.url());
    origin ??= url.origin;
    if (url.origin !== origin && url.protocol !== 'data:' && url.protocol !== 'blob:')
      complaints.push(`request to ${url.origin}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.url()} answered ${response.status()}`);
  });
  return { page, complaints };
}

export interface RunningUi {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** `leakline ui ARGS`; resolves once it printed its address. `dist/` must be built. */
export async function startUi(args: readonly string[]): Promise<RunningUi> {
  const child = spawn(process.execPath, ['dist/cli.js', 'ui', '--no-browser', ...args], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await addressOf(child);
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

function addressOf(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      const url = /^http\S+/m.exec(chunk.toString())?.[0];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`leakline ui ended with ${code}: ${said}`)));
  });
}

/** Nothing sticks out: the page scrolls down, not sideways. */
export const sticksOutBy = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** As a reader sees it: with line breaks where there are some, without what is hidden. */
// biome-ignore lint/performance/useDomNodeTextContent: the layout is what is tested
export const shownText = (of: Locator): Promise<string> => of.innerText();
