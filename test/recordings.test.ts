// Every recording of the zoo, for every Go version that was recorded: the leaky programs are found with their line and
// cause, the others are never called a leak, and three captures are never enough for a verdict.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { judge, zooPrograms } from '../scripts/zoo-programs.mjs';
import { analyze } from '../src/analyze.ts';
import { readCaseFile } from '../src/capture/read-case-file.ts';
import { readGrammar } from '../src/capture/read-grammar.ts';
import type { Case } from '../src/model/case.ts';
import type { Report } from '../src/report/report.ts';
import { createGoParser } from '../src/scan/go-parser.ts';
import { buildSourceFacts } from '../src/scan/source-facts.ts';

const folder = path.resolve(import.meta.dirname, '../testdata/recorded');
const parser = await createGoParser(await readGrammar());

interface Program {
  readonly rule: string;
  readonly variant: string;
  readonly truth: { readonly verdict: string; readonly rule?: string; readonly missedIn?: readonly string[] };
}
const programs = new Map<string, Program>(
  (zooPrograms() as Program[]).map((program) => [`${program.rule}-${program.variant}`, program]),
);

async function reportOf(input: Case, withSource = true): Promise<Report> {
  const { report } = await analyze(input, {
    toolVersion: 'test',
    ...(withSource ? { parseSources: async (sources) => buildSourceFacts(sources, parser) } : {}),
  });
  return report;
}

const versions = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe.each(versions)('recordings of %s', (version) => {
  const names = readdirSync(path.join(folder, version)).map((file) => file.replace(/\.leakline$/, ''));

  it.each(names)('%s', async (name) => {
    const program = programs.get(name);
    if (program === undefined) throw new Error(`testdata/programs has no program ${name}`);
    const input = await readCaseFile(path.join(folder, version, `${name}.leakline`));
    const full = await reportOf(input);
    const result = judge(program, full) as {
      ok: boolean;
      note: string;
      verdict: string;
      top?: string;
    };
    expect(result.ok, `${result.verdict} ${result.top ?? ''}: ${result.note}`).toBe(true);
    // Too little data: the first three captures.
    const few = await reportOf({ ...input, artefacts: input.artefacts.filter((artefact) => artefact.capture < 3) });
    expect(few.verdict).not.toBe('leak');
    if (program.truth.verdict === 'leak') expect(few.verdict).toBe('inconclusive');
    // Without source the cause may be less exact or the verdict open; an innocent program stays innocent, a leak a suspect.
    const blind = await reportOf({ ...input, sources: new Map() }, false);
    if (full.verdict !== 'leak') expect(blind.verdict).not.toBe('leak');
    else {
      expect(blind.verdict).not.toBe('clear');
      expect(blind.findings.length).toBeGreaterThan(0);
    }
  });
});

describe('the recordings', () => {
  it('hold every program of the zoo in at least one version, and the leaky ones in three', () => {
    const recorded = versions.flatMap((version) => readdirSync(path.join(folder, version)));
    for (const [name, program] of programs) {
      const times = recorded.filter((file) => file === `${name}.leakline`).length;
      // What leaks only in old versions is recorded in those.
      expect(times, name).toBeGreaterThanOrEqual(program.truth.verdict === 'leak' ? 2 : 1);
    }
  });

  it('name no folder of the machine that made them', async () => {
    for (const version of versions) {
      for (const file of readdirSync(path.join(folder, version))) {
        const recorded = await readCaseFile(path.join(folder, version, file));
        expect(JSON.stringify(recorded.target), file).not.toMatch(/\/(work|home|root)\//);
        for (const { name, bytes } of recorded.artefacts) {
          const text = Buffer.from(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString(
            'latin1',
          );
          expect(/\/(work|home|root)\//.exec(text)?.[0], `${file} ${name}`).toBeUndefined();
        }
      }
    }
  });
});
