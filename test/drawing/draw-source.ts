// Go source drawn as text, with marks: a comment `//@name` gives its line a name, so that tests speak of marks and not
// of line numbers. Several files are told apart by `-- path --` lines.

import { readGrammar } from '../../src/capture/read-grammar.ts';
import type { SourceFacts } from '../../src/model/source-facts.ts';
import type { Frame } from '../../src/model/stacks.ts';
import { createGoParser } from '../../src/scan/go-parser.ts';
import { buildSourceFacts } from '../../src/scan/source-facts.ts';

export interface DrawnSource {
  readonly facts: SourceFacts;
  /** Frame of the marked line, in this function. */
  at(mark: string, functionName: string): Frame;
  /** Mark of the line, or its number when it has none. */
  markOf(site: Frame): string;
}

const parser = await createGoParser(await readGrammar());

export function drawSource(text: string): DrawnSource {
  const sources = new Map<string, string>();
  const marks = new Map<string, { file: string; line: number }>();
  for (const [path, source] of splitFiles(text)) {
    sources.set(path, source);
    source.split('\n').forEach((line, index) => {
      const mark = /\/\/@(\w+)/.exec(line);
      if (mark !== null) marks.set(mark[1]!, { file: path, line: index + 1 });
    });
  }
  return {
    facts: buildSourceFacts(sources, parser),
    at(mark, functionName) {
      const place = marks.get(mark);
      if (place === undefined) throw new Error(`no line is marked //@${mark}`);
      return { functionName, ...place };
    },
    markOf(site) {
      for (const [mark, place] of marks) if (place.file === site.file && place.line === site.line) return mark;
      return `${site.file}:${site.line}`;
    },
  };
}

function splitFiles(text: string): readonly (readonly [string, string])[] {
  const pieces = text.split(/^-- (\S+) --\n/m);
  if (pieces.length === 1)
    return [['/app/main.go', text.trimStart().startsWith('package') ? text : `package main\n${text}`]];
  const files: [string, string][] = [];
  for (let index = 1; index < pieces.length; index += 2) files.push([`/app/${pieces[index]}`, pieces[index + 1]!]);
  return files;
}
