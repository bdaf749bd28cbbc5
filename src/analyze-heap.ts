// The heap walks of a case → the facts that a diagnosis reads. A part of `analyze.ts`.
import { type Captured, captured, notCaptured } from './base/captured.ts';
import { KnownError } from './base/errors.ts';
import { walkSnapshot } from './goheap/walk-snapshot.ts';
import type { Artefact } from './model/artefact.ts';
import type { Case } from './model/case.ts';
import type { FirstWalk } from './model/first-walk.ts';
import type { CountedContainer, HeapFacts, RunningFinalizer } from './model/heap-facts.ts';
import type { HeapWalk } from './model/heap-graph.ts';
import type { HeapProofs, WakeRoot } from './model/heap-proofs.ts';
import type { Retention } from './model/retention.ts';
import { containersOf } from './retention/containers-of.ts';
import { diffContainers } from './retention/diff-containers.ts';
import { diffTables, tableOfWalk } from './retention/diff-walks.ts';
import { explainHolder } from './retention/explain-holder.ts';
import { heldObjectsOf } from './retention/held-objects.ts';
import { measureRetention } from './retention/measure-retention.ts';
import { reduceWalk } from './retention/reduce-walk.ts';

export interface HeapEvidence {
  readonly facts: Captured<HeapFacts>;
  readonly warnings: readonly string[];
}

/** `nowMs` is a clock for durations. */
export async function analyzeHeap(input: Case, incarnation: number, nowMs: () => number): Promise<HeapEvidence> {
  const warnings: string[] = [];
  const { first, last } = await walksOf(input, incarnation, nowMs, warnings);
  if (last === undefined) return { facts: notCaptured(input.walkGap ?? 'the heap was not walked'), warnings };
  const failedChecks = last.selfChecks.flatMap(({ ok, name, detail }) => (ok ? [] : [`${name}: ${detail}`]));
  if (failedChecks.length > 0) {
    warnings.push(
      `the heap walk does not agree with the runtime's own counts, so it proves nothing: ${failedChecks.join('; ')}`,
    );
  }
  const retention = measureRetention(last.graph);
  const counted = countContainers(first, last, retention);
  const proofs = await last.proofs();
  warnings.push(...retention.gaps);
  return {
    facts: captured({
      takenAtMs: last.takenAtMs,
      pauseMs: last.pauseMs,
      objects: last.objects.reachable,
      bytes: last.bytes.reachable,
      failedChecks,
      held: heldObjectsOf(last, retention, proofs, counted),
      stuck: stuckOf(proofs),
      growing: growingHolder(first, last, retention),
      containers: [...counted.values()],
      deferChains: proofs.doubts.length > 0 ? [] : proofs.deferChains,
      finalizer: runningFinalizer(proofs),
      largeStacks: proofs.largeStacks,
    }),
    warnings,
  };
}

/** Of the type and holder whose bytes grew most. */
function growingHolder(first: FirstWalk | undefined, last: HeapWalk, retention: Retention): HeapFacts['growing'] {
  if (first === undefined || first.failedChecks.length > 0) return undefined;
  const row = diffTables(first.table, tableOfWalk({ walk: last, retention })).types.find(
    ({ bytes }) => bytes.after > bytes.before,
  );
  const type = row === undefined ? -1 : retention.types.name.indexOf(row.type);
  if (row === undefined || type < 0) return undefined;
  const held = explainHolder(last, retention, { kind: 'types', types: [type], names: [row.type] });
  if (held === undefined) return undefined;
  const { root, path, retainedBytes, share } = held;
  return { root, path, retainedBytes, share, type: row.type, objects: row.objects, bytes: row.bytes };
}

function stuckOf({ doubts, stuck }: HeapProofs): HeapFacts['stuck'] {
  if (doubts.length > 0) return notCaptured(doubts.join('; '));
  return captured(
    stuck.flatMap(({ proof, wokenBy, stack, createdAt, state, count }) => {
      const by = proof === undefined ? wakerText(wokenBy) : undefined;
      return proof === undefined && by === undefined ? [] : [{ frames: stack, createdAt, state, count, wokenBy: by }];
    }),
  );
}

function wakerText(by: WakeRoot | undefined): string | undefined {
  if (by === undefined || by.kind === 'unknown') return undefined;
  const kind = by.kind === 'static' ? 'global' : by.kind;
  // `main.pool.tasks[3]`, but `main.main, var e`.
  const path = by.path.map((label) => (/^[.[]/.test(label) ? label : `, ${label}`)).join('');
  return `${kind} ${by.name}${path}${by.state === undefined ? '' : ` (${by.state})`}`;
}

/** Cleanups have goroutines of their own since Go 1.25, several: one that waits stops no other. */
function runningFinalizer({ doubts, finalizers }: HeapProofs): RunningFinalizer | undefined {
  const running = finalizers.busy.find(({ kind }) => kind === 'finalizer');
  if (running === undefined || doubts.length > 0) return undefined;
  const { state, at, waitedNs, mayGoOn, byVariable } = running;
  return { state, at, waitedMs: waitedNs / 1e6, mayGoOn, byVariable, queued: finalizers.queuedFinalizers };
}

/** By node, those that retain most first. */
function countContainers(
  first: FirstWalk | undefined,
  last: HeapWalk,
  retention: Retention,
): ReadonlyMap<number, CountedContainer> {
  const now = containersOf(last, retention);
  const seconds = first === undefined || first.failedChecks.length > 0 ? 0 : (last.takenAtMs - first.takenAtMs) / 1000;
  const before = new Map(
    diffContainers(first?.containers ?? [], now, seconds).map((row) => [row.after.node, row.before]),
  );
  return new Map(
    now.map((fact) => {
      const { kind, name, typeName, entries, capacity, retainedBytes, ownBytes } = fact;
      const was = before.get(fact.node);
      const earlier =
        was === undefined
          ? undefined
          : { seconds, entries: was.entries, room: was.capacity, retainedBytes: was.retainedBytes };
      return [fact.node, { kind, name, typeName, entries, room: capacity, retainedBytes, ownBytes, earlier }];
    }),
  );
}

interface WalksOfRun {
  readonly first: FirstWalk | undefined;
  readonly last: HeapWalk | undefined;
}

/** Of a run that took walks, those; of a case file, its snapshots. Never two graphs at once. */
async function walksOf(
  { walks = [], firstWalk, artefacts }: Case,
  incarnation: number,
  nowMs: () => number,
  warnings: string[],
): Promise<WalksOfRun> {
  const read = async ({ name, bytes }: Artefact): Promise<HeapWalk | undefined> => {
    try {
      return await walkSnapshot(bytes, nowMs);
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      warnings.push(`${name}: ${error.message}; left out`);
      return undefined;
    }
  };
  const isOfRun = (one: { readonly incarnation: number }): boolean => one.incarnation === incarnation;
  const taken = walks.filter(isOfRun).at(-1)?.walk;
  const snapshots = artefacts
    .filter((artefact) => artefact.kind === 'heap-snapshot' && isOfRun(artefact))
    .sort((a, b) => a.atMs - b.atMs);
  const [earliest] = snapshots;
  const early = earliest === undefined || snapshots.length < 2 ? undefined : await read(earliest);
  const saved = early === undefined ? undefined : reduceWalk(early);
  const latest = snapshots.at(-1);
  return {
    first: firstWalk !== undefined && isOfRun(firstWalk) ? firstWalk.facts : saved,
    last: taken ?? (latest === undefined ? undefined : await read(latest)),
  };
}
