// Every rule of `leakline scan`, in the order of the run-time catalogue. Explicit, so that bundlers and reviewers see it;
// `static-rules.test.ts` fails when a file of `rules/` is missing here.
import { callbackNotUnregistered } from './rules/callback-not-unregistered.ts';
import { cgoCstring } from './rules/cgo-cstring.ts';
import { cgoMalloc } from './rules/cgo-malloc.ts';
import { connectionNotClosed } from './rules/connection-not-closed.ts';
import { contextNotCancelled } from './rules/context-not-cancelled.ts';
import { deferInLoop } from './rules/defer-in-loop.ts';
import { finalizerBlocked } from './rules/finalizer-blocked.ts';
import { finalizerCycle } from './rules/finalizer-cycle.ts';
import { hangingGoroutine } from './rules/hanging-goroutine.ts';
import { lostSliceElements } from './rules/lost-slice-elements.ts';
import { mapNeverShrinks } from './rules/map-never-shrinks.ts';
import { nativeMmap } from './rules/native-mmap.ts';
import { responseBodyNotClosed } from './rules/response-body-not-closed.ts';
import { rowsNotClosed } from './rules/rows-not-closed.ts';
import { subslice } from './rules/subslice.ts';
import { substring } from './rules/substring.ts';
import { syncPoolOversized } from './rules/sync-pool-oversized.ts';
import { threadLeak } from './rules/thread-leak.ts';
import { timerAfterInLoop } from './rules/timer-after-in-loop.ts';
import { timerLongLived } from './rules/timer-long-lived.ts';
import { unboundedMap } from './rules/unbounded-map.ts';
import { unboundedQueue } from './rules/unbounded-queue.ts';
import { unboundedSlice } from './rules/unbounded-slice.ts';
import { unstoppedTicker } from './rules/unstopped-ticker.ts';
import type { StaticRule } from './static-rule.ts';

export const staticCatalogue: readonly StaticRule[] = [
  // cut slices and strings
  substring,
  subslice,
  lostSliceElements,
  // goroutines
  hangingGoroutine,
  // containers and registries
  unboundedMap,
  unboundedSlice,
  unboundedQueue,
  callbackNotUnregistered,
  syncPoolOversized,
  mapNeverShrinks,
  // things to give back
  contextNotCancelled,
  responseBodyNotClosed,
  rowsNotClosed,
  connectionNotClosed,
  // timers, finalizers, defers, threads
  unstoppedTicker,
  timerLongLived,
  timerAfterInLoop,
  finalizerCycle,
  finalizerBlocked,
  deferInLoop,
  threadLeak,
  // outside the Go heap
  cgoMalloc,
  cgoCstring,
  nativeMmap,
];
