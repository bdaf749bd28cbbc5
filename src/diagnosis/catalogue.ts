// Every cause that leakline knows, in the order in which they are listed. Explicit, so that bundlers and reviewers see
// it; `catalogue.test.ts` fails when a rule file is missing here, or a rule lacks its programs or its page.
import type { Rule } from './rule.ts';
import { callbackNotUnregistered } from './rules/callback-not-unregistered.ts';
import { cgoCstring } from './rules/cgo-cstring.ts';
import { cgoMalloc } from './rules/cgo-malloc.ts';
import { connectionNotClosed } from './rules/connection-not-closed.ts';
import { contextNotCancelled } from './rules/context-not-cancelled.ts';
import { deferInLoop } from './rules/defer-in-loop.ts';
import { fileMapping } from './rules/file-mapping.ts';
import { finalizerBlocked } from './rules/finalizer-blocked.ts';
import { finalizerCycle } from './rules/finalizer-cycle.ts';
import { goroutineStackGrowth } from './rules/goroutine-stack-growth.ts';
import { hangingGoroutine } from './rules/hanging-goroutine.ts';
import { linkedChain } from './rules/linked-chain.ts';
import { burst, gcHeadroom, idleHeapNotReturned, warmingCache } from './rules/look-alikes.ts';
import { lostSliceElements } from './rules/lost-slice-elements.ts';
import { mapNeverShrinks } from './rules/map-never-shrinks.ts';
import { nativeMmap } from './rules/native-mmap.ts';
import { fragmentation, mallocArenas, memoryLimit, pageCache } from './rules/process-look-alikes.ts';
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
import { unknownRetention } from './rules/unknown-retention.ts';
import { unstoppedTicker } from './rules/unstopped-ticker.ts';

export const catalogue: readonly Rule[] = [
  // go101's scenarios
  substring,
  subslice,
  lostSliceElements,
  hangingGoroutine,
  unstoppedTicker,
  finalizerCycle,
  finalizerBlocked,
  deferInLoop,
  // containers and registries
  unboundedMap,
  unboundedSlice,
  unboundedQueue,
  callbackNotUnregistered,
  linkedChain,
  syncPoolOversized,
  mapNeverShrinks,
  // things that must be closed, cancelled or stopped
  contextNotCancelled,
  responseBodyNotClosed,
  rowsNotClosed,
  connectionNotClosed,
  timerAfterInLoop,
  timerLongLived,
  // goroutines and threads
  goroutineStackGrowth,
  threadLeak,
  // outside the Go heap
  cgoMalloc,
  cgoCstring,
  nativeMmap,
  fileMapping,
  // when nothing else explains it
  unknownRetention,
  // look-alikes
  warmingCache,
  burst,
  gcHeadroom,
  idleHeapNotReturned,
  fragmentation,
  pageCache,
  mallocArenas,
  memoryLimit,
];
