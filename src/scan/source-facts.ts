import type { SourceFacts } from '../model/source-facts.ts';
import type { GoParser } from './go-parser.ts';
import { noSource } from './no-source.ts';
export function buildSourceFacts(_sources: ReadonlyMap<string, string>, _parser: GoParser): SourceFacts {
  return noSource;
}
