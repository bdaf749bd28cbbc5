// Source facts where no source could be read: every question is answered with "not found".
import type { SourceFacts } from '../model/source-facts.ts';

export const noSource: SourceFacts = {
  files: [],
  snippet: () => undefined,
  flowOf: () => undefined,
  functionAround: () => undefined,
  functions: () => [],
  blockingAt: () => undefined,
  hitsIn: () => [],
  cutsInto: () => [],
  spawnOf: () => undefined,
};
