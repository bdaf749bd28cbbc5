// The facts that rules ask of the source, over all files of a case. Files are parsed when a question first needs them.

import type { ScanHit } from '../model/scan.ts';
import type { FunctionFacts, SourceFacts } from '../model/source-facts.ts';
import type { Frame } from '../model/stacks.ts';
import { blockingAt } from './blocking.ts';
import { cutsInto } from './cuts-into.ts';
import { functionFacts } from './function-facts.ts';
import type { GoFunction } from './go-function.ts';
import type { GoParser } from './go-parser.ts';
import { createPlaces } from './places.ts';
import { createProgram, type GoPackage, type Program } from './program.ts';
import { spawnOf } from './spawn.ts';
import { staticCatalogue } from './static/catalogue.ts';
import { hitsOfPackage } from './static/package-hits.ts';
import { flowOf } from './value-flow.ts';

export function buildSourceFacts(sources: ReadonlyMap<string, string>, parser: GoParser): SourceFacts {
  const program = createProgram(sources, parser);
  const places = createPlaces(program);
  const known = new Map<GoFunction, FunctionFacts>();
  const hits = new Map<GoPackage, readonly ScanHit[]>();
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
    hitsIn(path) {
      const file = program.file(path);
      if (file === undefined) return [];
      const pkg = program.packageOf(file);
      let found = hits.get(pkg);
      if (found === undefined) {
        found = staticHits(program, pkg);
        hits.set(pkg, found);
      }
      return found;
    },
    cutsInto: (holder) => cutsInto(program, places, holder),
    spawnOf(entry) {
      learn([entry]);
      return spawnOf(program, entry);
    },
  };
}

/** Rules about timers have a twin at run time that knows the Go version; here it is not known. */
function staticHits(program: Program, pkg: GoPackage): readonly ScanHit[] {
  const version = {
    goVersion: undefined,
    timersAreCollected: { answer: 'unknown', why: 'the Go version is not asked here' },
  } as const;
  const name = { importPath: undefined, directory: pkg.directory };
  const rules = staticCatalogue.filter((rule) => rule.byDefault);
  // What a rule stumbles over is told by `leakline scan`; here its answer is only one more piece of evidence.
  return hitsOfPackage(program, pkg, { ...version, ...name }, rules, []);
}
