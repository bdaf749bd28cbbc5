// The facts that rules ask of the source, over all files of a case. Files are parsed when a question first needs them.
import type { FunctionFacts, SourceFacts } from '../model/source-facts.ts';
import type { Frame } from '../model/stacks.ts';
import { blockingAt } from './blocking.ts';
import { functionFacts } from './function-facts.ts';
import type { GoFunction } from './go-function.ts';
import type { GoParser } from './go-parser.ts';
import { createPlaces } from './places.ts';
import { createProgram } from './program.ts';
import { spawnOf } from './spawn.ts';
import { flowOf } from './value-flow.ts';

export function buildSourceFacts(sources: ReadonlyMap<string, string>, parser: GoParser): SourceFacts {
  const program = createProgram(sources, parser);
  const places = createPlaces(program);
  const known = new Map<GoFunction, FunctionFacts>();
  const learn = (frames: readonly Frame[]): void => {
    for (const frame of frames) program.learnPackagePath(frame);
  };
  const factsOf = (fn: GoFunction): FunctionFacts => {
    let facts = known.get(fn);
    if (facts === undefined) {
      facts = functionFacts(program, fn);
      known.set(fn, facts);
    }
    return facts;
  };
  return {
    files: program.paths,
    snippet(path, line, contextLines) {
      const lines = program.lines(path);
      if (lines === undefined || line < 1 || line > lines.length) return undefined;
      const from = Math.max(1, line - contextLines);
      return lines
        .slice(from - 1, line + contextLines)
        .map((text, index) => ({ line: from + index, text: text.replace(/\r$/, '') }));
    },
    flowOf(stack) {
      learn(stack);
      return flowOf(program, places, stack);
    },
    functionAround(frame) {
      learn([frame]);
      const fn = program.functionAt(frame);
      return fn === undefined ? undefined : factsOf(fn);
    },
    functions: () => program.packages().flatMap((pkg) => pkg.functions.map(factsOf)),
    blockingAt(stack) {
      learn(stack);
      return blockingAt(program, places, stack);
    },
    spawnOf(entry) {
      learn([entry]);
      return spawnOf(program, entry);
    },
  };
}
