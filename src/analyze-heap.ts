// The heap walks of a case → the facts that a diagnosis reads. A part of `analyze.ts`.
import { type Captured, captured, notCaptured } from './base/captured.ts';
import { KnownError } from './base/errors.ts';
import { walkSnapshot } from './goheap/walk-snapshot.ts';
import type { Case } from './model/case.ts';
import type { HeapFacts } from './model/heap-facts.ts';
import type { HeapWalk } from './model/heap-graph.ts';
import type { HeapProofs } from './model/heap-proofs.ts';
import type { Retention } from './model/retention.ts';
import { diffWalks } from './retention/diff-walks.ts';
import { explainHolder } from './retention/explain-holder.ts';
import { heldObjectsOf } from './retention/held-objects.ts';
import { measureRetention } from './retention/measure-retention.ts';

export interface HeapEvidence {
  readonly facts: Captured<HeapFacts>;
  readonly warnings: readonly string[];
}

/** `nowMs` is a clock for durations. */
export async function analyzeHeap(input: Case, incarnation: number, nowMs: () => number): Promise<HeapEvidence> {
  const warnings: string[] = [];
  const walks = [...(await savedWalks(input, incarnation, nowMs, warnings)), ...takenWalks(input, incarnation)];
  const last = walks.sort((a, b) => a.takenAtMs - b.takenAtMs).at(-1);
  if (last === undefined) return { facts: notCaptured(input.walkGap ?? 'the heap was not walked'), warnings };
  const failedChecks = last.selfChecks.flatMap(({ ok, name, detail }) => (ok ? [] : [`${name}: ${detail}`]));
  if (failedChecks.length > 0) {
    warnings.push(
      `the heap walk does not agree with the runtime's own counts, so it proves nothing: ${failedChecks.join('; ')}`,
    );
  }
  const retention = measureRetention(last.graph);
  const proofs = await last.proofs();
  warnings.push(...retention.gaps);
  return {
    facts: captured({
      takenAtMs: last.takenAtMs,
      pauseMs: last.pauseMs,
      objects: last.objects.reachable,
      bytes: last.bytes.reachable,
      failedChecks,
      held: heldObjectsOf(last, retention, proofs.finalizers.cycles),
      stuck: stuckOf(proofs),
      growing: growingHolder(walks[0], last, retention),
      deferChains: proofs.doubts.length > 0 ? [] : proofs.deferChains,
    }),
    warnings,
  };
}

/** Of the type and holder whose bytes grew most. */
function growingHolder(first: HeapWalk | undefined, last: HeapWalk, retention: Retention): HeapFacts['growing'] {
  if (first === undefined || first === last) return undefined;
  const before = { walk: first, retention: measureRetention(first.graph) };
  const row = diffWalks(before, { walk: last, retention }).types.find(({ bytes }) => bytes.after > bytes.before);
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
    stuck.flatMap(({ proof, stack, state, count }) => (proof === undefined ? [] : [{ frames: stack, state, count }])),
  );
}

const takenWalks = ({ walks }: Case, incarnation: number): readonly HeapWalk[] =>
  (walks ?? []).flatMap((one) => (one.incarnation === incarnation ? [one.walk] : []));

async function savedWalks(
  { artefacts }: Case,
  incarnation: number,
  nowMs: () => number,
  warnings: string[],
): Promise<readonly HeapWalk[]> {
  const walks: HeapWalk[] = [];
  for (const artefact of artefacts) {
    if (artefact.kind !== 'heap-snapshot' || artefact.incarnation !== incarnation) continue;
    try {
      walks.push(await walkSnapshot(artefact.bytes, nowMs));
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      warnings.push(`${artefact.name}: ${error.message}; left out`);
    }
  }
  return walks;
}
