// Go drawn as text through rules of the scan. `//want` at the end of a line says that it is to be hit. A first line
// `// go.mod: go 1.22` says for which Go it is built; without it, a new one.
import { readGrammar } from '../../src/capture/read-grammar.ts';
import { goVersionOf, readModuleFacts, timersOfModule } from '../../src/model/go-module.ts';
import type { PackageScan } from '../../src/model/scan.ts';
import { createGoParser } from '../../src/scan/go-parser.ts';
import { scanPackage } from '../../src/scan/static/scan-package.ts';
import type { StaticRule } from '../../src/scan/static/static-rule.ts';

const parser = await createGoParser(await readGrammar());

export interface ScannedExample extends PackageScan {
  /** Lines that are marked. */
  readonly wanted: readonly number[];
  readonly hitLines: readonly number[];
}

export function scanExample(text: string, rules: readonly StaticRule[]): ScannedExample {
  const source = /^package\s/m.test(text) ? text : `package main; ${text}`;
  const go = /^\/\/ go\.mod: (.*)$/m.exec(text)?.[1] ?? 'go 1.26';
  const module = readModuleFacts(`module example.com/app\n${go}\n`);
  const scan = scanPackage(
    {
      directory: '/app',
      importPath: 'example.com/app',
      sources: new Map([['/app/main.go', source]]),
      goVersion: module === undefined ? undefined : goVersionOf(module),
      timersAreCollected: timersOfModule(module),
      tests: false,
    },
    rules,
    new Set(rules.map((rule) => rule.id)),
    parser,
  );
  return {
    ...scan,
    wanted: source.split('\n').flatMap((line, index) => (/\/\/want\b/.test(line) ? [index + 1] : [])),
    hitLines: [...new Set(scan.hits.map((hit) => hit.line))].sort((a, b) => a - b),
  };
}
