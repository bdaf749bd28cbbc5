// The heap profile of a Go process or core, from what was found of its runtime.
import { type Captured, notCaptured } from '../base/captured.ts';
import type { ProfileTable } from '../model/profile.ts';
import { readHeapBuckets } from './heap-buckets.ts';
import type { GoTarget } from './heap-image.ts';
import { makeHeapProfile, readSamplingRate } from './heap-profile.ts';
import { memoryOf } from './memory-of-source.ts';
import type { GoProgram } from './read-program.ts';

/** Not captured, with the reason, when the program does not sample allocations. `timeMs`: wall clock of the moment. */
export function readHeapProfile(
  target: GoTarget,
  program: GoProgram,
  loadBias: number,
  timeMs: number,
): Promise<Captured<ProfileTable>> {
  const { layout, addresses } = target;
  const memory = memoryOf(target.memory);
  const { mbuckets, mProfCycle } = addresses;
  const rate = readSamplingRate(memory, addresses);
  // A stripped program without any bucket has nothing that its list could be known by.
  const places = mbuckets === undefined ? undefined : { mbuckets, mProfCycle };
  if (places === undefined && rate.disabledByLinker !== true && rate.bytes !== 0) {
    return Promise.resolve(notCaptured('the list of sampled allocations was not found: there may be none'));
  }
  const buckets = readHeapBuckets(memory, layout, places ?? { mbuckets: 0 });
  return makeHeapProfile({ buckets, rate, symbols: program.code, loadBias, timeMs });
}
