// Shows what was analysed in the browser: the server, its address on stdout, and the browser where there is a display.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import { lazily } from '../base/lazily.ts';
import { parseTarget } from '../capture/parse-target.ts';
import { readPages } from '../server/read-pages.ts';
import { serve } from '../server/serve.ts';
import { type AnalysedCase, type OpenServed, type Served, servedCase } from '../server/served.ts';
import { type DoctorFlags, examine } from './commands/doctor.ts';
import type { CliIo } from './io.ts';

export interface ShowOptions {
  readonly port: number;
  /** false: only print the address. */
  readonly browser: boolean;
  /** Where the address is told. */
  readonly announce: Writable;
}

/** What was just analysed, until it is interrupted. */
export async function showAnalysis(
  words: readonly string[],
  analysed: AnalysedCase,
  options: ShowOptions,
  flags: DoctorFlags,
  io: CliIo,
): Promise<void> {
  const served = servedCase(analysed, doctorOf(words, flags, io));
  await show(async () => served, options, io);
}

/** Of a running target, as the command line names it; looked at once, when a page first asks. */
function doctorOf(words: readonly string[], flags: DoctorFlags, io: CliIo): Served['doctor'] | undefined {
  const [word] = words;
  if (
    word === undefined ||
    words.length > 1 ||
    word.startsWith('store:') ||
    !['pid', 'named', 'url'].includes(parseTarget(words, false).kind)
  )
    return undefined;
  const look = lazily(async () => examine(word, flags, io));
  return async () => ({ kind: 'captured', value: await look() });
}

/** Until it is interrupted. */
export async function show(open: OpenServed, { port, browser, announce }: ShowOptions, io: CliIo): Promise<void> {
  const running = await serve({
    open,
    pages: await readPages(import.meta.url),
    port,
    token: randomBytes(24).toString('base64url'),
    onBug: (error) =>
      void io.stderr.write(`leakline has a bug: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`),
  });
  announce.write(`${running.url}\n`);
  io.stderr.write('this address is for you only; Ctrl-C ends it\n');
  if (browser) openBrowser(running.url, io.env);
  // What was interrupted while it was captured is shown all the same: the next Ctrl-C ends it.
  await new Promise<void>((resolve) => {
    const end = (): void => resolve();
    if (io.interrupt.aborted) process.once('SIGINT', end).once('SIGTERM', end);
    else io.interrupt.addEventListener('abort', end, { once: true });
  });
  await running.close();
}

/** Where there is a display; the printed address is there in any case. */
function openBrowser(url: string, env: CliIo['env']): void {
  const command = process.platform === 'darwin' ? 'open' : process.platform === 'linux' ? 'xdg-open' : undefined;
  const display = process.platform === 'darwin' || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);
  if (command === undefined || !display) return;
  const opener = spawn(command, [url], { stdio: 'ignore', detached: true });
  opener.on('error', () => undefined);
  opener.unref();
}
