// The programs of the zoo and what is true of them: truth.json of each rule's folder, and the marks in the source
// (`//leak:retains` at the end of a line).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../testdata/programs');

export function zooPrograms() {
  return [root, path.join(root, 'go122')].flatMap((home) =>
    (existsSync(home) ? readdirSync(home) : [])
      .filter((rule) => existsSync(path.join(home, rule, 'truth.json')))
      .sort()
      .flatMap((rule) => {
        const truths = JSON.parse(readFileSync(path.join(home, rule, 'truth.json'), 'utf8'));
        return Object.entries(truths).map(([variant, truth]) => {
          const folder = path.join(home, rule, variant);
          return { rule, variant, folder, truth, marks: marksIn(folder) };
        });
      }),
  );
}

function marksIn(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.go'))
    .flatMap((file) =>
      readFileSync(path.join(folder, file), 'utf8')
        .split('\n')
        .flatMap((text, index) => {
          const match = /\/\/leak:(\w+)/.exec(text);
          return match === null ? [] : [{ file, line: index + 1, role: match[1] }];
        }),
    );
}

/** What a report says of a program, against what is true. `report` undefined: there is none. */
export function judge(program, report) {
  const { truth, marks } = program;
  const name = `${program.rule}/${program.variant}`;
  const expected = truth.verdict;
  const base = {
    name,
    expected,
    verdict: report?.verdict ?? '?',
    top: undefined,
    certainty: undefined,
    line: false,
    rule: false,
    permanence: false,
    ok: false,
    note: '',
  };
  if (report === undefined || report.failed !== undefined) return { ...base, note: report?.failed ?? 'no report' };
  const top = report.findings.filter((finding) => finding.confidence >= 0.5)[0];
  if (expected !== 'leak') {
    return {
      ...base,
      top: top?.rule,
      certainty: top?.certainty,
      ok: report.verdict !== 'leak',
      note: top === undefined ? '' : `${top.site.function}:${top.site.line}`,
    };
  }
  if (top === undefined) {
    // Growth that slows by its nature may be called open; it counts as missed, and only `clear` is wrong.
    const open = truth.orInconclusive === true && report.verdict === 'inconclusive';
    return { ...base, ok: open, note: report.inconclusive[0]?.why ?? '' };
  }
  const near = (site, mark) => path.basename(site.file) === mark.file && Math.abs(site.line - mark.line) <= 1;
  const named = marks.filter((mark) => top.sites.some((site) => near(site, mark)));
  const rule = top.rule === truth.rule || (truth.also ?? []).includes(top.rule);
  const permanence = truth.permanence === undefined || top.permanence === truth.permanence;
  const missed = marks.filter((mark) => !named.includes(mark)).map((mark) => `${mark.role}:${mark.line}`);
  return {
    ...base,
    top: top.rule,
    certainty: top.certainty,
    line: named.length > 0,
    rule,
    permanence,
    ok: named.length > 0 && rule,
    note: [
      `named ${named.length}/${marks.length}`,
      missed.length > 0 ? `not ${missed.join(' ')}` : '',
      permanence ? '' : `${top.permanence}`,
    ]
      .filter(Boolean)
      .join(', '),
  };
}
