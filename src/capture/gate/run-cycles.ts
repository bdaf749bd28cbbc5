// Puts a target under load again and again, and captures it after each cycle once it is at rest: the same work each time,
// so that what does not return to its base line is kept by that work.
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { CaptureError, KnownError } from '../../base/errors.ts';
import type { Artefact, CaptureNote } from '../../model/artefact.ts';
import type { Case } from '../../model/case.ts';
import { type Clock, createStamps, systemClock } from '../clock.ts';
import { createConnector } from '../connect-target.ts';
import { createIncarnationTracker } from '../incarnations.ts';
import type { PprofClient, PprofClientOptions } from '../pprof-client.ts';
import { exitText } from '../start-command.ts';
import { takeCapture } from '../take-capture.ts';
import type { LiveTargetSpec } from '../watch-target.ts';

export interface CycleOptions {
  /** A shell command that puts the load on, and ends. */
  readonly load: string;
  /** Cycles in all, with the first, which warms up. */
  readonly cycles: number;
  /** Rest after each load. */
  readonly settleMs: number;
  readonly client: PprofClientOptions;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where the output of the load goes. */
  readonly output: Writable;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly onCycle?: (cycle: number, facts: { readonly goroutines: number | undefined }) => void;
}

export interface CycleSeries {
  readonly input: Case;
  /** Cycles that were measured. */
  readonly measured: number;
  /** Why there are fewer than were asked for; undefined when there are not. */
  readonly endedEarly: string | undefined;
}

const mostGoroutinesForDump = 10_000;

/** Throws KnownError when the target cannot be reached, serves no pprof, or the load fails. */
export async function runCycles(spec: LiveTargetSpec, options: CycleOptions): Promise<CycleSeries> {
  const { client: clientOptions, output, signal } = options;
  const clock = options.clock ?? systemClock;
  const connector = createConnector(spec, { client: clientOptions, commandOutput: output, signal });
  try {
    const connection = await connector.connect();
    try {
      if (connection.client === undefined)
        throw new CaptureError('E-GATE-PPROF', `${connector.label} serves no pprof: ${connection.gaps.join('; ')}`, {
          advice: 'Add import _ "net/http/pprof" and a listening port; cycles are measured there.',
        });
      const taken = await cycle(connection.client, connection.process?.pid, options, clock);
      const input: Case = {
        target: connection.target,
        artefacts: taken.artefacts,
        sources: new Map(),
        notes: [...connection.gaps.map((message) => ({ atMs: clock.wallMs(), message })), ...taken.notes],
        cost: connection.client.cost(),
      };
      return { input, measured: taken.measured, endedEarly: taken.endedEarly };
    } finally {
      connection.close();
    }
  } finally {
    await connector.close();
  }
}

interface Taken {
  readonly artefacts: readonly Artefact[];
  readonly notes: readonly CaptureNote[];
  readonly measured: number;
  readonly endedEarly: string | undefined;
}

async function cycle(
  client: PprofClient,
  pid: number | undefined,
  options: CycleOptions,
  clock: Clock,
): Promise<Taken> {
  const { signal } = options;
  const stamps = createStamps(clock);
  const tracker = createIncarnationTracker();
  const artefacts: Artefact[] = [];
  const notes: CaptureNote[] = [];
  const offersLeakProfile = (await client.open(signal)).profiles?.has('goroutineleak') ?? false;
  let endedEarly: string | undefined;
  let measured = 0;
  while (measured < options.cycles && endedEarly === undefined) {
    await runLoad(options, measured + 1);
    await clock.wait(options.settleMs, signal);
    if (signal.aborted) {
      endedEarly = 'it was interrupted';
      break;
    }
    const last = measured === options.cycles - 1;
    // Pools and finalizers need two collections.
    await client.fetchProfile('heap', { query: { gc: '1' }, signal });
    const capture = await takeCapture(
      { client, index: measured, nowMs: stamps.nowMs, monotonicMs: clock.monotonicMs, signal },
      {
        forceGc: true,
        memstats: true,
        dumpUpTo: measured === 0 || last ? mostGoroutinesForDump : 0,
        leakProfile: last && offersLeakProfile,
        threads: measured === 0 || last,
        expvar: false,
        cmdline: true,
        pid,
        look: { smaps: measured === 0 || last, threads: measured === 0 || last },
        heap: undefined,
      },
    );
    let restarted: string | undefined;
    for (const { artefact, identity } of capture.taken) {
      const { change, why } = tracker.observe(identity);
      if (change !== 'same' && measured > 0) restarted ??= why;
      artefacts.push({ ...artefact, incarnation: tracker.current() });
    }
    for (const message of capture.notes) notes.push({ atMs: stamps.nowMs(), message });
    if (restarted !== undefined) {
      endedEarly = `the target restarted in cycle ${measured + 1}, or another process answers (${restarted})`;
      break;
    }
    measured += 1;
    options.onCycle?.(measured, { goroutines: capture.goroutines });
    if (capture.lost !== undefined) endedEarly = `the target stopped answering: ${capture.lost.message}`;
  }
  return { artefacts, notes, measured, endedEarly };
}

/** Throws KnownError when the load cannot be started or fails: what it did then is not known. */
function runLoad({ load, cwd, env, output, signal }: CycleOptions, number: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', load], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    const interrupt = (): void => {
      try {
        process.kill(-child.pid!, 'SIGTERM');
      } catch {
        // It has ended.
      }
    };
    signal.addEventListener('abort', interrupt, { once: true });
    child.once('error', (cause) =>
      reject(new KnownError('E-GATE-LOAD', `the load cannot be started: ${cause.message}`, { cause })),
    );
    child.once('exit', (code, killedBy) => {
      signal.removeEventListener('abort', interrupt);
      if (code === 0 || signal.aborted) resolve();
      else
        reject(
          new KnownError(
            'E-GATE-LOAD',
            `the load of cycle ${number} ended ${exitText({ code, signal: killedBy })}: ${load}`,
            {
              advice: 'A cycle counts only when its load succeeds; its own output above may say why it did not.',
            },
          ),
        );
    });
  });
}
