// Whether "0.9" is right nine times in ten: every finding that a live run of the zoo made, by how sure it was, against what is
// true of the program. Writes docs/calibration.md.
//   npm run zoo -- --for 30s --reports DIR; node scripts/calibration.mjs DIR...
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { zooPrograms } from './zoo-programs.mjs';

const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error('usage: node scripts/calibration.mjs DIR...  (each from `npm run zoo -- --reports DIR`)');
  process.exit(2);
}
const runs = folders.flatMap((folder) =>
  zooPrograms().flatMap((program) => {
    const file = path.join(folder, `${program.rule}-${program.variant}.json`);
    if (!existsSync(file)) return [];
    const report = JSON.parse(readFileSync(file, 'utf8'));
    return report.failed === undefined ? [{ program, report }] : [];
  }),
);
if (runs.length === 0) {
  console.error(`no reports of the zoo in ${folders.join(', ')}`);
  process.exit(1);
}
const findings = runs.flatMap(({ program, report }) =>
  report.findings.map(({ confidence, certainty, rule, sites }) => ({
    name: `${program.rule}/${program.variant}`,
    confidence,
    certainty,
    rule,
    right: isRight(program, { rule, sites }),
  })),
);

/** The cause is the program's, and the story has one of its lines. In a program that does not leak nothing is right. */
function isRight({ truth, marks }, { rule, sites }) {
  if (truth.verdict !== 'leak' || (rule !== truth.rule && !(truth.also ?? []).includes(rule))) return false;
  return sites.some((site) =>
    marks.some((mark) => path.basename(site.file) === mark.file && Math.abs(site.line - mark.line) <= 1),
  );
}

const bounds = [0, 0.25, 0.5, 0.7, 0.8, 0.9, 1.01];
const byConfidence = bounds
  .slice(1)
  .map((below, i) => {
    const from = bounds[i];
    const rows = findings.filter(({ confidence }) => confidence >= from && confidence < below);
    const said = rows.reduce((sum, { confidence }) => sum + confidence, 0) / rows.length;
    const name = below > 1 ? `${from} to 1` : `${from} to below ${below}`;
    return `| ${name} | ${rows.length === 0 ? '–' : said.toFixed(2)} | ${share(rows)} |`;
  })
  .reverse();
const byCertainty = ['proven', 'strong', 'likely', 'possible'].map(
  (certainty) => `| ${certainty} | ${share(findings.filter((finding) => finding.certainty === certainty))} |`,
);
const wrong = findings
  .filter(({ confidence, right }) => confidence >= 0.5 && !right)
  .map(({ name, rule, confidence, certainty }) => `- ${name}: \`${rule}\`, ${certainty}, ${confidence}`);

writeFileSync(
  path.resolve(import.meta.dirname, '../docs/calibration.md'),
  `<!-- Written by scripts/calibration.mjs from reports of the zoo; do not edit. -->
# How often a finding is right

Every finding of ${runs.length} live runs of the zoo (${runs.filter(({ program }) => program.truth.verdict === 'leak').length} of programs that leak, ${runs.filter(({ program }) => program.truth.verdict !== 'leak').length} of healthy ones and look-alikes), with the
confidence that its report gave it. It counts as right when its rule is the program's cause and one of its sites is a marked
line; whatever is found in a program that does not leak is wrong. Below 0.5 a finding is shown as a hint and does not make a
verdict. Repeat with \`npm run zoo -- --reports DIR\` and \`node scripts/calibration.mjs DIR\`.

| confidence said | mean | right |
|---|---|---|
${byConfidence.join('\n')}

| certainty said | right |
|---|---|
${byCertainty.join('\n')}

Wrong at 0.5 or more:${wrong.length === 0 ? ' none.' : `\n\n${wrong.join('\n')}`}
`,
);

function share(rows) {
  if (rows.length === 0) return 'none said';
  const right = rows.filter((row) => row.right).length;
  return `${right} of ${rows.length} (${Math.round((right / rows.length) * 100)} %)`;
}
