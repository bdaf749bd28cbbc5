import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';

const rulesFolder = path.join(import.meta.dirname, 'rules');
const repository = path.resolve(import.meta.dirname, '../..');

describe('the catalogue', () => {
  it('lists every rule once, under the name of its file', () => {
    const ids = catalogue.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    const shared = ['cut-slice', 'timers', 'look-alikes', 'process-look-alikes'];
    const files = readdirSync(rulesFolder)
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => file.replace(/\.ts$/, ''))
      .filter((name) => !shared.includes(name));
    expect(files.filter((file) => !ids.includes(file))).toEqual([]);
    expect(catalogue.filter((rule) => rule.type === 'leak' && !files.includes(rule.id)).map((rule) => rule.id)).toEqual(
      [],
    );
  });

  it('says of every cause what, why, how to fix it and what only looks like it, with sources', () => {
    for (const { id, about } of catalogue) {
      for (const text of [about.what, about.why, about.fix, about.falsePositives])
        expect(text.length, id).toBeGreaterThan(10);
      for (const source of about.sources) expect(source, id).toMatch(/^https:\/\//);
    }
  });

  it('has a page in docs for every rule, and programs in the zoo for every cause that has a program', () => {
    for (const { id, type } of catalogue) {
      expect(existsSync(path.join(repository, 'docs/rules', `${id}.md`)), `docs/rules/${id}.md`).toBe(true);
      if (type !== 'leak' || id === 'unknown-retention') continue;
      const homes = ['', 'go122/'].map((home) => path.join(repository, 'testdata/programs', home, id, 'leaky/main.go'));
      expect(
        homes.some((home) => existsSync(home)),
        `testdata/programs/${id}/leaky`,
      ).toBe(true);
    }
  });
});
