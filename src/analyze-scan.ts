// From a directory with Go files to its hits: read, parse, ask the rules. Runs the same in this thread and in workers.
import type { GoDirectory } from './capture/find-go-packages.ts';
import { type ReadPackageOptions, readGoPackage } from './capture/read-go-package.ts';
import { goVersionOf, timersOfModule } from './model/go-module.ts';
import type { DirectoryScan } from './model/scan.ts';
import type { GoParser } from './scan/go-parser.ts';
import { staticCatalogue } from './scan/static/catalogue.ts';
import { scanPackage } from './scan/static/scan-package.ts';

/** Plain data: it goes to workers as it is. */
export interface ScanSettings extends ReadPackageOptions {
  /** Ids of the rules that look. */
  readonly rules: readonly string[];
}

export async function scanDirectory(
  directory: GoDirectory,
  settings: ScanSettings,
  parser: GoParser,
): Promise<DirectoryScan> {
  const read = await readGoPackage(directory, settings);
  const { module, importPath, asked } = directory;
  const rules = staticCatalogue.filter((rule) => settings.rules.includes(rule.id));
  const scanned = scanPackage(
    {
      directory: directory.directory,
      importPath,
      sources: read.sources,
      goVersion: module === undefined ? undefined : goVersionOf(module),
      timersAreCollected: timersOfModule(module),
      tests: settings.tests || asked?.some((name) => name.endsWith('_test.go')) === true,
    },
    rules,
    new Set(staticCatalogue.map((rule) => rule.id)),
    parser,
  );
  const isAsked = (file: string): boolean =>
    asked === undefined || asked.some((name) => file.endsWith(`/${name}`) || file.endsWith(`\\${name}`));
  return {
    ...scanned,
    hits: scanned.hits.filter((hit) => isAsked(hit.file)),
    ignored: scanned.ignored.filter(({ hit }) => isAsked(hit.file)),
    notes: [...read.notes, ...scanned.notes].filter((note) => note.file === directory.directory || isAsked(note.file)),
    skipped: read.skipped,
  };
}
