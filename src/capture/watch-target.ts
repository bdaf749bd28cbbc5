// A running target → a case: its pprof endpoint is found and watched, with what /proc says of the process beside it.
import type { Writable } from 'node:stream';
import { KnownError } from '../base/errors.ts';
import type { Artefact, CaptureNote } from '../model/artefact.ts';
import type { Case } from '../model/case.ts';
import type { TargetFacts } from '../model/target.ts';
import type { CapturePlan } from './capture-plan.ts';
import { type CaptureProgress, captureSeries, type Series } from './capture-series.ts';
import { findPprofPort } from './find-pprof-port.ts';
import {
  type EarlyWalk,
  earlyWalk,
  type TakenEarly,
  type WalkStep,
  type WalkWish,
  walkStep,
} from './heap-walk-step.ts';
import { type NativeWish, oomArtefact, traceStep } from './late-evidence.ts';
import { captureFromMemory } from './memory-series.ts';
import type { TargetSpec } from './parse-target.ts';
import type { PprofAddress } from './pprof-address.ts';
import { createPprofClient, type PprofClientOptions } from './pprof-client.ts';
import { captureProcess, withoutPprof } from './process-series.ts';
import { type ProcessFacts, readProcessFacts } from './read-process.ts';
import { resolveNamedTarget } from './resolve-named-target.ts';
import { localProcess, targetOf } from './serving-process.ts';
import { exitText, startCommand } from './start-command.ts';

export interface WatchOptions {
  readonly plan: CapturePlan;
  readonly client: PprofClientOptions;
  /** Where the output of a started command goes. */
  readonly commandOutput: Writable;
  readonly nowMs: () => number;
  /** How long a started command may take until its pprof answers. */
  readonly readyMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onCapture?: (progress: CaptureProgress) => void;
  readonly onNote?: (note: CaptureNote) => void;
  /** A trace of C allocations after the captures, of a local process; without it there is none. */
  readonly native?: NativeWish;
  /** A walk of the heap after the captures, of a local process; without it there is none. */
  readonly walk?: WalkWish | undefined;
  /** Told once the target is known, before the first capture. */
  readonly onTarget?: (target: TargetFacts) => void;
}

export type LiveTargetSpec = Exclude<TargetSpec, { readonly kind: 'case' | 'files' | 'stdin' }>;

/** Throws KnownError when nothing can be captured. Ended early, it gives what there is. */
export async function watchTarget(spec: LiveTargetSpec, options: WatchOptions): Promise<Case> {
  switch (spec.kind) {
    case 'url':
      return watch(spec.address, { kind: 'url', label: spec.address.label }, undefined, options);
    case 'pid':
      return watchPid(spec.pid, `pid ${spec.pid}`, options);
    case 'named':
      return watchPid(await resolveNamedTarget(spec), `${spec.scheme}:${spec.name}`, options);
    case 'command':
      return watchCommand(spec.argv, options);
  }
}

async function watchPid(pid: number, label: string, options: WatchOptions): Promise<Case> {
  const process = await readProcessFacts(pid);
  try {
    const { address } = await findPprofPort(pid, options.client, options.signal);
    return await watch(address, { kind: 'pid', label }, process, options);
  } catch (error) {
    if (!withoutPprof(error)) throw error;
    return watchWithoutPprof(process, label, error, options);
  }
}

/** Its memory is read instead, when it is Go's and may be read; else what the operating system says of it. */
async function watchWithoutPprof(
  process: ProcessFacts,
  label: string,
  why: KnownError,
  options: WatchOptions,
): Promise<Case> {
  const target = targetOf({ kind: 'pid', label }, process);
  options.onTarget?.(target);
  const notes: CaptureNote[] = [];
  const say = (message: string): void => {
    const note = { atMs: options.nowMs(), message };
    notes.push(note);
    options.onNote?.(note);
  };
  for (const gap of process.gaps) say(gap);
  const oom = oomArtefact(process.pid, options);
  const { walk } = options;
  if (walk !== undefined) {
    try {
      const series = await captureFromMemory(process.pid, options.plan, {
        ...options,
        maxPauseMs: walk.maxPauseMs,
        reduce: walk.reduce,
      });
      say(`${why.message}: its memory was read instead`);
      return await caseOf(target, series, notes, oom, options);
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      say(`its memory cannot be read: ${[error.message, error.advice ?? ''].join('. ').trim()}`);
    }
  }
  say(`the Go heap is not seen: ${[why.message, ...(why.advice === undefined ? [] : [why.advice])].join('. ')}`);
  const series = await captureProcess(process.pid, options.plan, {
    signal: options.signal,
    ...(options.onCapture === undefined ? {} : { onCapture: options.onCapture }),
    ...(options.onNote === undefined ? {} : { onNote: options.onNote }),
  });
  return { ...(await caseOf(target, series, notes, oom, { ...options, walk: undefined })), cost: undefined };
}

/** What is captured after the series, and all of it as a case. */
async function caseOf(
  target: TargetFacts,
  series: Series,
  notes: readonly CaptureNote[],
  oom: Promise<readonly Artefact[]> | undefined,
  options: WatchOptions,
  early?: EarlyWalk,
): Promise<Case> {
  const taken = early?.gap === undefined ? early : undefined;
  const walked = await walkOf(target, series, options);
  const late = [...(await traceStep(target, series, options)), ...((await oom) ?? [])];
  const last = series.artefacts.at(-1);
  const gaps = early?.gap === undefined ? [] : [{ atMs: options.nowMs(), message: early.gap }];
  return {
    target,
    artefacts: [
      ...series.artefacts,
      ...late,
      ...[taken?.artefact, walked?.artefact].filter((artefact) => artefact !== undefined),
    ],
    sources: new Map(),
    notes: [...notes, ...series.notes, ...pauseNote(taken, walked, options), ...gaps],
    cost: series.cost,
    walkGap: walked?.gap,
    // A snapshot is read back, so that a case file gives the same report as the run that wrote it.
    ...(walked?.walk === undefined || walked.artefact !== undefined
      ? {}
      : { walks: [{ incarnation: last?.incarnation ?? 0, walk: walked.walk }] }),
    ...(taken?.facts === undefined ? {} : { firstWalk: { incarnation: taken.incarnation, facts: taken.facts } }),
    ...(series.firstWalk === undefined
      ? {}
      : { firstWalk: { incarnation: last?.incarnation ?? 0, facts: series.firstWalk } }),
  };
}

/** What both walks cost the target, of which it was not asked. */
function pauseNote(
  early: TakenEarly | undefined,
  walked: WalkStep | undefined,
  { nowMs }: WatchOptions,
): readonly CaptureNote[] {
  if (early === undefined) return [];
  const pauseMs = early.pauseMs + (walked?.walk?.pauseMs ?? 0);
  const times = walked?.walk === undefined ? 'once' : 'twice';
  const atEnd = walked?.gap === undefined ? '' : `; at the end ${walked.gap}`;
  return [
    {
      atMs: nowMs(),
      message: `its heap was walked ${times}, which stopped it for ${pauseMs.toFixed(0)} ms in all (--no-walk leaves it out)${atEnd}`,
    },
  ];
}

async function watchCommand(argv: readonly string[], options: WatchOptions): Promise<Case> {
  const command = await startCommand(argv, {
    output: options.commandOutput,
    client: options.client,
    signal: options.signal,
    ...(options.readyMs === undefined ? {} : { readyMs: options.readyMs }),
  });
  try {
    const process = await readProcessFacts(command.pid);
    const result = await watch(command.port.address, { kind: 'command', label: argv.join(' ') }, process, options);
    const exit = command.exit();
    if (exit === undefined) return result;
    const note = { atMs: options.nowMs(), message: `the command ended ${exitText(exit)} while it was watched` };
    return { ...result, notes: [...result.notes, note] };
  } finally {
    await command.stop();
  }
}

async function watch(
  address: PprofAddress,
  named: Pick<TargetFacts, 'kind' | 'label'>,
  known: ProcessFacts | undefined,
  options: WatchOptions,
): Promise<Case> {
  const client = createPprofClient(address, options.client);
  try {
    const process = known ?? (await localProcess(client, address, options.signal));
    const target = targetOf(named, process);
    options.onTarget?.(target);
    const oom = process === undefined ? undefined : oomArtefact(process.pid, options);
    const { walk } = options;
    let early: EarlyWalk | undefined;
    const series = await captureSeries(client, options.plan, {
      early:
        walk === undefined
          ? undefined
          : async (pid, place) => {
              early = await earlyWalk(pid, walk, place);
            },
      pid: process?.pid,
      ...(known === undefined
        ? { findPid: async () => (await localProcess(client, address, options.signal))?.pid }
        : {}),
      signal: options.signal,
      ...(options.onCapture === undefined ? {} : { onCapture: options.onCapture }),
      ...(options.onNote === undefined ? {} : { onNote: options.onNote }),
    });
    const gaps = (process?.gaps ?? []).map((message) => ({ atMs: options.nowMs(), message }));
    return await caseOf(target, series, gaps, oom, options, early);
  } finally {
    client.close();
  }
}

/** After the captures, when the target still is what was captured. */
async function walkOf(
  { pid }: TargetFacts,
  { artefacts, endedEarly }: Series,
  { walk, plan, onNote, nowMs }: WatchOptions,
): Promise<WalkStep | undefined> {
  const last = artefacts.at(-1);
  if (walk === undefined || pid === undefined || last === undefined || endedEarly !== undefined || plan.gentle)
    return undefined;
  const step = await walkStep(pid, walk, { capture: last.capture, incarnation: last.incarnation });
  if (step.gap !== undefined) onNote?.({ atMs: nowMs(), message: step.gap });
  return step;
}
