// Goroutines that can wait for ever: who would wake them left early, or is nowhere in the package.
import { hangingExamples } from '../hanging/examples.ts';
import { endlessPerRequest, keptLocks, loopsWithoutEnd, skippedDones } from '../hanging/left-behind.ts';
import { lostSenders } from '../hanging/lost-sender.ts';
import { endlessReceivers, nilChannels, oneSided, unsignalled } from '../hanging/no-counterpart.ts';
import { spawnedIn } from '../spawned.ts';
import type { StaticRule } from '../static-rule.ts';

export const hangingGoroutine: StaticRule = {
  id: 'hanging-goroutine',
  byDefault: true,
  examples: hangingExamples,
  find(facts) {
    const spawned = spawnedIn(facts);
    return [
      ...lostSenders(facts, spawned),
      ...endlessReceivers(facts, spawned),
      ...oneSided(facts),
      ...keptLocks(facts),
      ...skippedDones(spawned),
      ...loopsWithoutEnd(facts, spawned),
      ...endlessPerRequest(spawned),
      ...nilChannels(facts),
      ...unsignalled(facts),
    ];
  },
};
