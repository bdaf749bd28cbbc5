// Source that somebody is typing, or that lost bytes: no rule of the scan may stumble over it.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { staticCatalogue } from '../src/scan/static/catalogue.ts';
import { scanExample } from './drawing/scan-example.ts';
import { repository } from './run-command.ts';

const programs = path.join(repository, 'testdata/programs');
const sources = readdirSync(programs, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('main.go'))
  .sort()
  .filter((_, index) => index % 4 === 0)
  .map((file) => readFileSync(path.join(programs, file), 'utf8'));
const examples = staticCatalogue.flatMap((rule) => [...rule.examples.leaks, ...rule.examples.fine]);

/** What a rule that threw leaves behind. */
const bugsIn = (text: string): readonly string[] =>
  scanExample(text, staticCatalogue).notes.flatMap(({ message }) =>
    /bug of leakline|could not be/.test(message) ? [`${message} in\n${text}`] : [],
  );

describe('broken source', () => {
  it('that ends anywhere', () => {
    for (const text of [...sources, ...examples]) {
      for (const share of [0.2, 0.45, 0.7, 0.95]) expect(bugsIn(text.slice(0, text.length * share))).toEqual([]);
    }
  });

  it('that lost lines or got brackets where none belong', () => {
    for (const text of [...sources, ...examples]) {
      const lines = text.split('\n');
      expect(bugsIn(lines.filter((_, index) => index % 7 !== 3).join('\n'))).toEqual([]);
      expect(bugsIn(lines.map((line, index) => (index % 9 === 4 ? `${line} }{(` : line)).join('\n'))).toEqual([]);
      expect(bugsIn(text.replace(/[a-z]\(/g, (call, at: number) => (at % 5 === 0 ? '(' : call)))).toEqual([]);
      expect(bugsIn(text.replace(/:=/g, '='))).toEqual([]);
    }
  });
});
