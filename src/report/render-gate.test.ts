import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { GateFinding, GateReport } from './gate-report.ts';
import { renderGateJunit } from './render-gate-junit.ts';
import { renderGateMarkdown } from './render-gate-markdown.ts';
import { renderGateSarif } from './render-gate-sarif.ts';
import { renderGateText } from './render-gate-text.ts';

const finding: GateFinding = {
  id: 'hanging-goroutine example.com/shop TestA/<b> shop.wait:24',
  rule: 'hanging-goroutine',
  kind: 'goroutine',
  verdict: 'leak',
  certainty: 'strong',
  title: 'TestA/<b> leaves 6 goroutines behind (chan receive)',
  package: 'example.com/shop',
  tests: ['TestA/<b>'],
  site: { role: 'blocks', function: 'example.com/shop.wait', file: '/src/shop.go', line: 24 },
  sites: [
    { role: 'blocks', function: 'example.com/shop.wait', file: '/src/shop.go', line: 24 },
    { role: 'spawns', function: 'net/http.serve', file: '/usr/local/go/src/net/http/server.go', line: 9 },
  ],
  goroutines: { count: 6, perRound: [1, 1, 1, 1, 1, 1], state: 'chan receive', stack: [] },
  why: 'Each of 6 runs left some.',
  fix: 'Give each goroutine a way to end.',
};

const report: GateReport = {
  schema: 'leakline.gate/1',
  tool: { name: 'leakline', version: '0.0.0' },
  mode: 'tests',
  command: 'go test ./...',
  verdict: 'leak',
  summary: '1 leak by TestA/<b> in 2 packages.',
  exit: { code: 0 },
  failed: false,
  packages: [
    { importPath: 'example.com/shop', goVersion: 'go1.26.8', verdict: 'leak', rounds: 6, ignored: [], notes: [] },
    {
      importPath: 'example.com/slow',
      goVersion: 'go1.26.8',
      verdict: 'inconclusive',
      rounds: 2,
      heap: {
        what: 'live-heap',
        unit: 'bytes',
        values: [1000, 9000],
        shape: 'unclear',
        perRound: 0,
        pValue: 1,
        why: '2 rounds cannot tell growth from warm-up',
        roundsToSettle: 6,
      },
      ignored: [{ what: 'idle connection', count: 2 }],
      notes: [],
    },
  ],
  findings: [finding],
  notes: [],
};

describe('the report of a gate', () => {
  it('fits its published schema', () => {
    const schema = JSON.parse(
      readFileSync(path.resolve(import.meta.dirname, '../../docs/schemas/leakline.gate-1.schema.json'), 'utf8'),
    );
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(JSON.parse(JSON.stringify(report))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...report, verdict: 'maybe' })).toBe(false);
  });

  it('tells the test, the line and the go statement, and what is open', () => {
    const text = renderGateText(report, { color: false, width: 100, top: 5, verbose: false, cwd: '/src' });
    expect(text).toContain('1. TestA/<b> leaves 6 goroutines behind (chan receive)');
    expect(text).toContain('blocks    shop.go:24');
    expect(text).toContain('spawns    $GOROOT/src/net/http/server.go:9');
    expect(text).toContain('example.com/slow: whether the heap returns is not certain');
    expect(text).toContain('2 goroutines in example.com/slow: idle connection');
  });

  it('is JUnit XML in which a leak fails, an open answer is skipped and names are escaped', () => {
    const xml = renderGateJunit(report, '/src');
    expect(xml).toContain('<testsuites name="leakline gate" tests="2" failures="1" errors="0" skipped="1">');
    expect(xml).toContain('<testcase classname="example.com/shop" name="TestA/&lt;b&gt;">');
    expect(xml).toContain('<skipped message="inconclusive: whether the heap returns is not certain');
    expect(xml.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]/);
  });

  it('is SARIF whose results lie in the repository, or have no place', () => {
    const log = JSON.parse(renderGateSarif(report, [], '/src'));
    const [result] = log.runs[0].results;
    expect(result).toMatchObject({ ruleId: 'hanging-goroutine', ruleIndex: 0, level: 'error' });
    expect(result.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'shop.go', uriBaseId: '%SRCROOT%' },
      region: { startLine: 24 },
    });
    expect(JSON.stringify(result)).not.toContain('server.go');
    const elsewhere = JSON.parse(renderGateSarif(report, [], '/other'));
    expect(elsewhere.runs[0].results[0].locations).toEqual([]);
  });

  it('is Markdown whose cells no name can leave', () => {
    const text = renderGateMarkdown({ ...report, findings: [{ ...finding, title: 'a | b\nc' }] }, '/src');
    expect(text).toContain('| 🔴 | a \\| b c | TestA/\\<b\\> | shop.go:24');
  });
});
