import { createHash } from 'node:crypto';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyze } from '../analyze.ts';
import { apiPaths } from '../api/paths.ts';
import type { SavedRun } from '../api/saved-run.ts';
import { readCaseFile } from '../capture/read-case-file.ts';
import { collectSavedRun } from './collect-saved-run.ts';
import { composeSavedPage } from './compose-saved-page.ts';
import { servedCase } from './served.ts';

const recorded = path.resolve(import.meta.dirname, '../../testdata/recorded/go1.26.8/unbounded-map-leaky.leakline');
const input = await readCaseFile(recorded);
const analysis = await analyze(input, { toolVersion: 'test' });
const run = await collectSavedRun(servedCase({ input, analysis }, undefined));

const pages = new Map(
  Object.entries({
    '/app.js': 'const end = "</script><!--"; start(end);',
    '/app.css': 'body { color: red }',
    '/icon.svg': '<svg/>',
  }).map(([name, text]) => [name, { type: 'text/plain', bytes: Buffer.from(text) }]),
);
const evil = '</script><img src=x onerror=alert(1)>&"\'';
const report = { ...analysis.report, target: { ...analysis.report.target, label: evil }, summary: evil };
const evilRun: SavedRun = { ...run, answers: { ...run.answers, [apiPaths.report]: report } };
const html = composeSavedPage(evilRun, report, pages);

describe('a report as one HTML file', () => {
  it('holds the answers to all that its pages ask', () => {
    expect(run.answers[apiPaths.report]).toBe(analysis.report);
    expect(run.answers[apiPaths.stacks]).toMatchObject({ kind: 'captured', value: { schema: 'leakline.stacks/1' } });
    expect(run.answers[apiPaths.heap]).toMatchObject({ kind: 'not-captured' });
    const [source] = run.sources;
    expect(source?.lines[32 - source.firstLine]).toContain('g.recent[id] = a');
  });

  it('carries them zipped', () => {
    const base64 = /id="leakline-run">([^<]*)</.exec(html)?.[1] ?? '';
    expect(JSON.parse(gunzipSync(Buffer.from(base64, 'base64')).toString())).toEqual(
      JSON.parse(JSON.stringify(evilRun)),
    );
  });

  it('is not broken by names that look like HTML', () => {
    expect(html).not.toContain('<img');
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).toContain('<title>&lt;/script&gt;&lt;img');
    expect(html).not.toContain('<!--');
  });

  it('lets only its own script and style run, and nothing be loaded', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    const script = /<script type="module">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    expect(script).toBe('const end = "\\x3C/script>\\x3C!--"; start(end);');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/);
  });
});
