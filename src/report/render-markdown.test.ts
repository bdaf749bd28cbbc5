import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../analyze.ts';
import { readCaseFile } from '../capture/read-case-file.ts';
import { renderMarkdown } from './render-markdown.ts';
import type { Report } from './report.ts';

const recorded = path.resolve(import.meta.dirname, '../../testdata/recorded/go1.26.8/unbounded-map-leaky.leakline');
const { report } = await analyze(await readCaseFile(recorded), { toolVersion: 'test' });
const [finding] = report.findings;

describe('the report for an issue', () => {
  it('keeps what is long out of sight, and fits into a comment however much was found', () => {
    const much: Report = {
      ...report,
      findings: Array.from({ length: 500 }, (_, number) => ({ ...finding!, title: `Leak ${number}` })),
      warnings: Array.from({ length: 500 }, (_, number) => `warning ${number}`),
    };
    const text = renderMarkdown(much);
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain('### 8. Leak 7\n');
    expect(text).toContain('<details><summary>492 more findings</summary>\n\n- Leak 8 (');
    expect(text).toContain('- … and 432 more\n\n</details>');
    expect(text).toContain('<summary>500 warnings</summary>');
  });

  it('hides nothing when there is little', () => {
    expect(renderMarkdown({ ...report, warnings: ['one'] })).not.toContain('<details>');
  });
});
