// `leakline ui <target>`: a case file, profile files or a running program, diagnosed and shown in the browser. The server
// answers on this machine only, until Ctrl-C.
import { UsageError } from '../../base/errors.ts';
import { expectFreePort } from '../../server/serve.ts';
import { openRecordings } from '../../server/served-recording.ts';
import { openStore } from '../../store/open-store.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { type NamedStore, namedStore } from '../named-store.ts';
import type { CaptureFlags, OutputFlags } from '../options.ts';
import { type ShowOptions, show, showAnalysis } from '../show-pages.ts';
import { analyseCase, gather } from './diagnose.ts';

export interface UiFlags extends CaptureFlags, OutputFlags {
  readonly source?: string | false;
  readonly port?: string;
  /** false: only print the address. */
  readonly browser?: boolean;
}

export async function runUi(words: readonly string[], flags: UiFlags, io: CliIo): Promise<ExitCode> {
  const options = { port: portOf(flags.port), browser: flags.browser !== false, announce: io.stdout };
  const named = await namedStore(words, io);
  if (named !== undefined) {
    await showStore(named, options, flags, io);
    return 0;
  }
  await expectFreePort(options.port);
  const input = await gather(words, flags, io);
  const analysis = await analyseCase(input, flags, io);
  await showAnalysis(words, { input, analysis }, options, flags, io);
  return 0;
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

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--port ${text} is not a number from 0 to 65535`);
  return port;
}
