// How an analysis gets at the source of the program: where it looks, and the parser, whose code is loaded when it is needed.
import type { AnalyzeOptions } from '../analyze.ts';
import { type GoPaths, readSources } from '../capture/read-sources.ts';

/** Plain data: it goes to threads as it is. */
export interface SourcePlaces {
  readonly paths: GoPaths;
  /** What the user said, when it is not where it was built. */
  readonly sourceDir: string | undefined;
}

/** `places` undefined: no source is read. */
export function sourceOptions(places: SourcePlaces | undefined): Pick<AnalyzeOptions, 'readSources' | 'parseSources'> {
  if (places === undefined) return {};
  const { paths, sourceDir } = places;
  return {
    readSources: (files, build) => readSources([...files], { ...paths, sourceDir, modulePath: build?.modulePath }),
    parseSources: async (sources) => {
      const [{ createGoParser }, { buildSourceFacts }, { readGrammar }] = await Promise.all([
        import('../scan/go-parser.ts'),
        import('../scan/source-facts.ts'),
        import('../capture/read-grammar.ts'),
      ]);
      return buildSourceFacts(sources, await createGoParser(await readGrammar()));
    },
  };
}
