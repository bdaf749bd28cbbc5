// What goes on beside the looks and profiles of a recording: walks of the heap, traces of C allocations, and the reading of
// logs for OOM kills. Each ends in an artefact, or in a note that says why not.
import { readFile } from 'node:fs/promises';
import { growthWorthTracing } from '../analyze-process.ts';
import { defaultPlan } from '../capture/capture-plan.ts';
import { walkStep } from '../capture/heap-walk-step.ts';
import { oomArtefact } from '../capture/late-evidence.ts';
import { traceOutsideHeap } from '../capture/trace-outside-heap.ts';
import type { Artefact } from '../model/artefact.ts';
import type { Case } from '../model/case.ts';
import type { ReduceWalk } from '../model/first-walk.ts';
import { type PaceSettings, traceIsDue } from './pace.ts';
import type { TargetStart } from './target-start.ts';

export interface BesideOptions {
  /** undefined: the heap is not walked. */
  readonly walk: { readonly maxPauseMs: number; readonly reduce: ReduceWalk } | undefined;
  /** PATH, to look for bpftrace; undefined: C allocations are not traced. */
  readonly traceSearchPath: string | undefined;
}

export interface BesideWorld {
  readonly nowMs: () => number;
  readonly keep: (artefact: Artefact) => Promise<void>;
  readonly note: (message: string) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface BesideSteps {
  /** How long the target stood still; 0 when it was not walked. */
  walk(pid: number, place: Pick<Artefact, 'capture' | 'incarnation'>): Promise<number>;
  /** Begins one when it is due and what was recorded asks for it; does not wait for it. */
  traceIfWorth(pid: number, start: TargetStart, pace: PaceSettings, steadyMs: number, load: () => Promise<Case>): void;
  /** Does not wait for it. */
  readKills(pid: number): void;
  /** Whether the recorder lives in the memory cgroup of the process, or below or above it. */
  sharesCgroup(pid: number): Promise<boolean>;
  settled(): Promise<void>;
}

const traceSeconds = 15;

export function createBesideSteps(options: BesideOptions, world: BesideWorld): BesideSteps {
  const running = new Set<Promise<void>>();
  let tracing = false;
  /** Nobody waits for it, so what fails in it becomes a note. A store that fails stops the recording at its own next write. */
  const beside = (name: string, work: Promise<void>): void => {
    const ended = work
      .catch((error: unknown) => world.note(`${name}: ${error instanceof Error ? error.message : String(error)}`))
      .catch(() => undefined)
      .finally(() => running.delete(ended));
    running.add(ended);
  };
  return {
    async walk(pid, place) {
      if (options.walk === undefined) return 0;
      const step = await walkStep(pid, { ...options.walk, keep: 'snapshot' }, place);
      if (step.gap !== undefined) await world.note(step.gap);
      if (step.artefact !== undefined) await world.keep(step.artefact);
      return step.walk?.pauseMs ?? 0;
    },
    traceIfWorth(pid, start, pace, steadyMs, load) {
      const searchPath = options.traceSearchPath;
      const sinceLastMs = start.lastTraceMs === undefined ? undefined : steadyMs - start.lastTraceMs;
      if (searchPath === undefined || tracing || start.profiles < 5 || !traceIsDue(pace, sinceLastMs)) return;
      tracing = true;
      // What is not worth it now is asked again when the next one would be due.
      start.lastTraceMs = steadyMs;
      const { incarnation } = start;
      const trace = async (): Promise<void> => {
        if (growthWorthTracing(await load()) === undefined) {
          start.lastTraceMs = steadyMs - 0.95 * pace.traceRestMs;
          return;
        }
        await world.keep(
          await traceOutsideHeap({
            pid,
            seconds: traceSeconds,
            searchPath,
            signal: world.signal,
            nowMs: world.nowMs,
            say: (message) => void world.note(message).catch(() => undefined),
            capture: 0,
            incarnation,
          }),
        );
      };
      beside(
        'no trace of C allocations',
        trace().finally(() => {
          tracing = false;
        }),
      );
    },
    readKills(pid) {
      const read = async (): Promise<void> => {
        for (const artefact of await oomArtefact(pid, { plan: defaultPlan, nowMs: world.nowMs, signal: world.signal }))
          await world.keep(artefact);
      };
      beside('kills for want of memory were not looked for', read());
    },
    async sharesCgroup(pid) {
      const [ours, theirs] = await Promise.all(
        ['self', String(pid)].map((who) => readFile(`/proc/${who}/cgroup`, 'utf8').catch(() => '')),
      );
      const paths = (text: string | undefined): readonly string[] =>
        (text ?? '').split('\n').flatMap((line) => /^\d+:(?:[^:]*\bmemory\b[^:]*|):(.*)$/.exec(line)?.[1] ?? []);
      return paths(ours).some((path) => path !== '/' && paths(theirs).includes(path));
    },
    async settled() {
      await Promise.allSettled(running);
    },
  };
}
