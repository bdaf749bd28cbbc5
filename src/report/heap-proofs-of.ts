// Proofs of a walk as the report shows them: the largest of each kind, in its own words for places.
import { type HeapProofs, provenStuck } from '../model/heap-proofs.ts';
import type { Frame } from '../model/stacks.ts';
import type { HeapPlace, HeapProofsReport } from './heap-report.ts';

const mostRows = 100;

export function proofsOf(proofs: HeapProofs): HeapProofsReport {
  const { finalizers } = proofs;
  return {
    doubts: proofs.doubts,
    stuck: provenStuck(proofs)
      .slice(0, mostRows)
      .map((group) => ({
        startFunction: group.startFunction,
        ...placed('createdAt', group.createdAt),
        ...placed('blockedAt', group.blockedAt),
        state: group.state,
        count: group.count,
        ...(group.oldestWaitNs > 0 ? { oldestWaitMs: group.oldestWaitNs / 1e6 } : {}),
        retainedBytes: group.retainedBytes,
      })),
    finalizerCycles: finalizers.cycles
      .slice(0, mostRows)
      .map(({ kind, type, functionName, count, bytes }) => ({ kind, type, function: functionName, count, bytes })),
    busyFinalizers: finalizers.busy
      .slice(0, mostRows)
      .map(({ kind, at, state, waitedNs }) => ({ kind, ...placed('at', at), state, waitedMs: waitedNs / 1e6 })),
    queuedFinalizers: finalizers.queuedFinalizers,
    queuedCleanups: finalizers.queuedCleanups,
    deferChains: proofs.deferChains.slice(0, mostRows).map(({ startFunction, at, deferredFunction, count, bytes }) => ({
      startFunction,
      ...placed('at', at),
      deferredFunction,
      count,
      bytes,
    })),
    timers: proofs.timers.slice(0, mostRows).map(({ name, count, bytes }) => ({ name, count, bytes })),
    contexts: proofs.contexts.slice(0, mostRows).map(({ owner, children }) => ({ owner, children })),
  };
}

function placed<Key extends string>(key: Key, frame: Frame | undefined): { [K in Key]?: HeapPlace } {
  if (frame === undefined) return {};
  const place: HeapPlace = { function: frame.functionName, file: frame.file, line: frame.line };
  return { [key]: place } as { [K in Key]?: HeapPlace };
}
