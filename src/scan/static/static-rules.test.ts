// The examples of every rule, executed: they are what the rule's page promises.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { scanExample } from '../../../test/drawing/scan-example.ts';
import { catalogue } from '../../diagnosis/catalogue.ts';
import { staticCatalogue } from './catalogue.ts';

describe('rules of the scan', () => {
  it('are all in the catalogue, under the id of a run-time rule', () => {
    const files = readdirSync(path.join(import.meta.dirname, 'rules')).flatMap((name) =>
      name.endsWith('.test.ts') ? [] : [name.replace(/\.ts$/, '')],
    );
    expect(staticCatalogue.map((rule) => rule.id).sort()).toEqual(files.sort());
    const known = catalogue.map((rule) => rule.id);
    expect(staticCatalogue.map((rule) => rule.id).filter((id) => !known.includes(id))).toEqual([]);
  });

  it('say why they are off, if they are', () => {
    for (const rule of staticCatalogue) expect(rule.offBecause === undefined, rule.id).toBe(rule.byDefault);
  });
});

describe.each(staticCatalogue.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  it.each(rule.examples.leaks)('sees the leak in %s', (text) => {
    const { wanted, hitLines, notes } = scanExample(text, [rule]);
    expect(notes).toEqual([]);
    expect(wanted.length).toBeGreaterThan(0);
    expect(hitLines).toEqual(wanted);
  });

  it.each(rule.examples.fine)('sees none in %s', (text) => {
    const { hits, notes } = scanExample(text, [rule]);
    expect(notes).toEqual([]);
    expect(hits.map((hit) => `${hit.line}: ${hit.message}`)).toEqual([]);
  });
});
