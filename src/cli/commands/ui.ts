// `leakline ui <target>`: a case file, profile files or a running program, diagnosed and shown in the browser. The server
// answers on this machine only, until Ctrl-C.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { UsageError } from '../../base/errors.ts';
import { lazily } from '../../base/lazily.ts';
import { parseTarget } from '../../capture/parse-target.ts';
import { readPages } from '../../server/read-pages.ts';
import { serve } from '../../server/serve.ts';
import { type Served, servedCase } from '../../server/served.ts';
import type { CliIo, ExitCode } from '../io.ts';
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
  const port = portOf(flags.port);
  const input = await gather(words, flags, io);
  const analysis = await analyseCase(input, flags, io);
  await show(
    servedCase({ input, analysis }, doctorOf(words, flags, io)),
    { port, browser: flags.browser !== false },
    io,
  );
  return 0;
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
export async function show(
  served: Served,
  { port, browser }: { readonly port: number; readonly browser: boolean },
  io: CliIo,
): Promise<void> {
  const running = await serve({
    served,
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
