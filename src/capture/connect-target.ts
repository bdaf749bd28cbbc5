// From what the user points at to a target that can be asked again and again, for as long as a recording lasts: the way to
// its endpoint, its process, and how to find both again when they went away.
import type { Writable } from 'node:stream';
import { CaptureError } from '../base/errors.ts';
import type { TargetFacts } from '../model/target.ts';
import { systemClock } from './clock.ts';
import { findPprofPort, findServingProcess } from './find-pprof-port.ts';
import type { NamedTarget } from './parse-target.ts';
import type { PprofAddress } from './pprof-address.ts';
import { createPprofClient, type PprofClient, type PprofClientOptions } from './pprof-client.ts';
import { withoutPprof } from './process-series.ts';
import { type ProcessFacts, processStartMs, readProcessFacts } from './read-process.ts';
import { resolveNamedTarget } from './resolve-named-target.ts';
import type { RunProgram } from './run-program.ts';
import { localProcess, targetOf } from './serving-process.ts';
import { exitText, type StartedCommand, startCommand } from './start-command.ts';
import type { LiveTargetSpec } from './watch-target.ts';

export interface ConnectOptions {
  readonly client: PprofClientOptions;
  /** Where the output of a started command goes. */
  readonly commandOutput: Writable;
  readonly signal?: AbortSignal | undefined;
  /** Asks docker and systemctl. */
  readonly run?: RunProgram;
}

/** One start of the target, as far as it can be reached. */
export interface TargetConnection {
  readonly target: TargetFacts;
  /** undefined: it serves no pprof. */
  readonly client: PprofClient | undefined;
  /** Its process, when it runs on this machine. */
  readonly process: { readonly pid: number; readonly startedAtMs: number | undefined } | undefined;
  /** What cannot be had of it, one clause each. */
  readonly gaps: readonly string[];
  close(): void;
}

export interface TargetConnector {
  /** How the user named it; the same after a restart. */
  readonly label: string;
  /** Throws KnownError when it cannot be reached now. */
  connect(): Promise<TargetConnection>;
  /** Why it will never come back; undefined when it may. */
  goneForGood(): string | undefined;
  /** Ends a command that was started. */
  close(): Promise<void>;
}

/** Nothing is asked of the target before `connect`. */
export function createConnector(spec: LiveTargetSpec, options: ConnectOptions): TargetConnector {
  switch (spec.kind) {
    case 'url':
      return plain(spec.address.label, () => connectUrl(spec.address, options));
    case 'named':
      return connectorOfNamed(spec, options);
    case 'pid':
      return connectorOfPid(spec.pid, options);
    case 'command':
      return connectorOfCommand(spec.argv, options);
  }
}

function plain(label: string, connect: () => Promise<TargetConnection>): TargetConnector {
  return { label, connect, goneForGood: () => undefined, close: async () => {} };
}

/** A start that came after one which served pprof has so long until it does, too. */
const startUpMs = 60_000;

/** Each start is another process. One that listens on nothing yet is not there yet, if the one before it served pprof. */
function connectorOfNamed(spec: NamedTarget, options: ConnectOptions): TargetConnector {
  const label = `${spec.scheme}:${spec.name}`;
  const clock = options.client.clock ?? systemClock;
  let served = false;
  return plain(label, async () => {
    const process = await readProcessFacts(await resolveNamedTarget(spec, options.run));
    const found = await connectPid(process, { kind: 'pid', label }, options);
    if (found.client === undefined && served && clock.wallMs() - (process.startedAtMs ?? 0) < startUpMs)
      throw new CaptureError('E-CAPTURE-NO-PORT', `${label} has started and serves no pprof yet`);
    served ||= found.client !== undefined;
    return found;
  });
}

/** A number may be given to another process once this one is gone: it is only ever the one that was meant at the start. */
function connectorOfPid(pid: number, options: ConnectOptions): TargetConnector {
  let startedAtMs: number | undefined;
  let gone: string | undefined;
  return {
    label: `pid ${pid}`,
    async connect() {
      const now = await processStartMs(pid);
      if (startedAtMs !== undefined && now !== startedAtMs) gone = `process ${pid} has ended`;
      startedAtMs ??= now;
      if (gone !== undefined) throw new CaptureError('E-CAPTURE-NO-PROCESS', gone);
      return connectPid(await readProcessFacts(pid), { kind: 'pid', label: `pid ${pid}` }, options);
    },
    goneForGood: () => gone,
    close: async () => {},
  };
}

function connectorOfCommand(argv: readonly string[], options: ConnectOptions): TargetConnector {
  const label = argv.join(' ');
  let command: StartedCommand | undefined;
  return {
    label,
    async connect() {
      if (command === undefined) {
        command = await startCommand(argv, {
          output: options.commandOutput,
          client: options.client,
          signal: options.signal,
        });
        return connectAt(
          command.port.address,
          await readProcessFacts(command.pid),
          { kind: 'command', label },
          options,
        );
      }
      // Its child may have been started again by it, on the same port.
      const { origin } = command.port.address;
      const pid = await findServingProcess(Number(new URL(origin).port));
      if (pid === undefined) throw new CaptureError('E-CAPTURE-REFUSED', `nothing listens at ${origin}`);
      return connectAt(command.port.address, await readProcessFacts(pid), { kind: 'command', label }, options);
    },
    goneForGood() {
      const exit = command?.exit();
      return exit === undefined ? undefined : `the command ended ${exitText(exit)}`;
    },
    async close() {
      await command?.stop();
    },
  };
}

async function connectUrl(address: PprofAddress, options: ConnectOptions): Promise<TargetConnection> {
  const client = createPprofClient(address, options.client);
  try {
    await client.open(options.signal);
    const process = await localProcess(client, address, options.signal);
    return connection({ kind: 'url', label: address.label }, client, process);
  } catch (error) {
    client.close();
    throw error;
  }
}

async function connectPid(
  process: ProcessFacts,
  named: Pick<TargetFacts, 'kind' | 'label'>,
  options: ConnectOptions,
): Promise<TargetConnection> {
  try {
    const { address } = await findPprofPort(process.pid, options.client, options.signal);
    return await connectAt(address, process, named, options);
  } catch (error) {
    if (!withoutPprof(error)) throw error;
    const bare = connection(named, undefined, process);
    return { ...bare, gaps: [...bare.gaps, error.message] };
  }
}

async function connectAt(
  address: PprofAddress,
  process: ProcessFacts,
  named: Pick<TargetFacts, 'kind' | 'label'>,
  options: ConnectOptions,
): Promise<TargetConnection> {
  const client = createPprofClient(address, options.client);
  try {
    await client.open(options.signal);
    return connection(named, client, process);
  } catch (error) {
    client.close();
    throw error;
  }
}

function connection(
  named: Pick<TargetFacts, 'kind' | 'label'>,
  client: PprofClient | undefined,
  process: ProcessFacts | undefined,
): TargetConnection {
  return {
    target: targetOf(named, process),
    client,
    process: process === undefined ? undefined : { pid: process.pid, startedAtMs: process.startedAtMs },
    gaps: process?.gaps ?? [],
    close: () => client?.close(),
  };
}
