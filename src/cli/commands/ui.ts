// `leakline ui <target>`: a case file, profile files or a running program, diagnosed and shown in the browser. The server
// answers on this machine only, until Ctrl-C.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { UsageError } from '../../base/errors.ts';
import { lazily } from '../../base/lazily.ts';
import { parseTarget } from '../../capture/parse-target.ts';
import { readPages } from '../../server/read-pages.ts';
import { serve } from '../../server/serve.ts';
import { type AnalysedCase, type OpenServed, type Served, servedCase } from '../../server/served.ts';
import { openRecordings } from '../../server/served-recording.ts';
import { openStore } from '../../store/open-store.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { type NamedStore, namedStore } from '../named-store.ts';
import type { CaptureFlags, OutputFlags } from '../options.ts';
import { analyseCase, gather } from './diagnose.ts';
import { examine } from './doctor.ts';

export interface UiFlags extends CaptureFlags, OutputFlags {
  readonly source?: string | false;
  readonly port?: string;
  /** false: only print the address. */
  readonly browser?: boolean;
}

export async function runUi(words: readonly string[], flags: UiFlags, io: CliIo): Promise<ExitCode> {
  const options = { port: portOf(flags.port), browser: flags.browser !== false };
  const named = await namedStore(words, io);
  if (named !== undefined) {
    await showStore(named, options, flags, io);
    return 0;
  }
  const input = await gather(words, flags, io);
  const analysis = await analyseCase(input, flags, io);
  await showAnalysis(words, { input, analysis }, options, flags, io);
  return 0;
}

export interface ShowOptions {
  readonly port: number;
  /** false: only print the address. */
  readonly browser: boolean;
}

/** What was just analysed, until it is interrupted. */
export async function showAnalysis(
  words: readonly string[],
  analysed: AnalysedCase,
  options: ShowOptions,
  flags: UiFlags,
  io: CliIo,
): Promise<void> {
  const served = servedCase(analysed, doctorOf(words, flags, io));
  await show(async () => served, options, io);
}

/** All recordings of a store. It is read while a recorder writes. */
async function showStore({ place, id }: NamedStore, options: ShowOptions, flags: UiFlags, io: CliIo): Promise<void> {
  const store = await openStore(place, { mode: 'read' });
  try {
    const open = openRecordings({
      store,
      shown: id,
      analyse: (input) => analyseCase(input, flags, io),
      nowMs: io.nowMs,
    });
    // A name that is wrong is said here, not in the browser.
    await open(undefined);
    await show(open, options, io);
  } finally {
    await store.close();
  }
}

/** Of a running target, as the command line names it; looked at once, when a page first asks. */
function doctorOf(words: readonly string[], flags: UiFlags, io: CliIo): Served['doctor'] | undefined {
  const [word] = words;
  if (word === undefined || words.length > 1 || !['pid', 'named', 'url'].includes(parseTarget(words, false).kind))
    return undefined;
  const look = lazily(async () => examine(word, flags, io));
  return async () => ({ kind: 'captured', value: await look() });
}

/** Until it is interrupted. */
async function show(open: OpenServed, { port, browser }: ShowOptions, io: CliIo): Promise<void> {
  const running = await serve({
    open,
    pages: await readPages(import.meta.url),
    port,
    token: randomBytes(24).toString('base64url'),
    onBug: (error) =>
      void io.stderr.write(`leakline has a bug: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`),
  });
  io.stdout.write(`${running.url}\n`);
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

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--port ${text} is not a number from 0 to 65535`);
  return port;
}
