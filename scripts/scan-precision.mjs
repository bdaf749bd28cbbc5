// How often a hit of `leakline scan` is wrong: every rule over Go's standard library, its commands and well-known modules,
// beside what was judged by hand (scripts/scan-judgements.json); and what each linter finds of the zoo's leaks.
//   node scripts/scan-precision.mjs [--cli dist/cli.js] [--tools DIR] [--check]
// Writes docs/scan-precision.md. --tools is the folder with staticcheck, bodyclose, sqlclosecheck, gocritic and revive
// (`GOBIN=DIR go install …@version`); those that are missing there are left out and named. Modules come through
// `go mod download`. --check only tells hits that are not judged yet and exits with 1 when a rule is too noisy.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    cli: { type: 'string', default: 'dist/cli.js' },
    tools: { type: 'string', default: '' },
    check: { type: 'boolean', default: false },
  },
});
const modules = [
  'github.com/prometheus/client_golang@v1.23.2',
  'go.etcd.io/etcd/server/v3@v3.6.5',
  'google.golang.org/grpc@v1.76.0',
  'github.com/hashicorp/consul/api@v1.32.1',
];
const allowedPer10kLines = 1;
const scratch = mkdtempSync(path.join(tmpdir(), 'leakline-precision-'));
const judgements = JSON.parse(readFileSync('scripts/scan-judgements.json', 'utf8'));

function main() {
  const goRoot = output('go', ['env', 'GOROOT']).trim();
  const goVersion = output('go', ['env', 'GOVERSION']).trim();
  const source = path.join(goRoot, 'src');
  const library = readdirSync(source, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(cmd|vendor|testdata)$/.test(entry.name))
    .map((entry) => `./${entry.name}/...`);
  const corpora = [
    scan(`${goVersion} standard library`, source, library),
    scan(`${goVersion} cmd`, source, ['./cmd/...']),
    ...modules.map((module) => {
      const { Dir } = JSON.parse(output('go', ['mod', 'download', '-json', module]));
      return scan(module, Dir, ['./...']);
    }),
  ];
  const rules = perRule(corpora);
  for (const hit of corpora.flatMap(({ hits }) => hits))
    if (hit.verdict === 'not judged') console.log(`not judged: ${hit.rule} ${hit.file}:${hit.line} ${hit.text}`);
  const noisy = rules.filter((rule) => rule.byDefault && rule.noisePer10k > allowedPer10kLines);
  for (const rule of noisy)
    console.log(`${rule.id}: ${rule.noisePer10k.toFixed(2)} hits that are no leaks in 10 000 lines`);
  if (!flags.check) {
    writeFileSync('docs/scan-precision.md', page(corpora, rules, zooTable()));
    console.log('docs/scan-precision.md is written');
  }
  return noisy.length > 0 ? 1 : 0;
}

function scan(name, cwd, words) {
  const file = path.join(scratch, 'scan.json');
  const args = [path.resolve(flags.cli), 'scan', '--all', '--format', 'json', '-o', file, ...words];
  const run = spawnSync(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (run.status !== 0 && run.status !== 1) throw new Error(`${name}: ${run.stderr}`);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const hits = report.hits.map((hit) => {
    const judged = judgements.find(
      (one) =>
        one.rule === hit.rule &&
        (one.text === undefined ? hit.file.startsWith(one.file) : one.file === hit.file && one.text === hit.text) &&
        name.includes(one.corpus),
    );
    return { ...hit, corpus: name, verdict: judged?.verdict ?? 'not judged', why: judged?.why ?? '' };
  });
  console.log(`${name}: ${report.scanned.lines} lines, ${hits.length} hits`);
  return { name, scanned: report.scanned, rules: report.rules, hits };
}

function perRule(corpora) {
  const lines = corpora.reduce((sum, { scanned }) => sum + scanned.lines, 0);
  return corpora[0].rules.map(({ id, offBecause }) => {
    const hits = corpora.flatMap((corpus) => corpus.hits.filter((hit) => hit.rule === id));
    const count = (verdict) => hits.filter((hit) => hit.verdict === verdict).length;
    const noise = hits.length - count('right');
    return {
      id,
      byDefault: offBecause === undefined,
      hits: hits.length,
      right: count('right'),
      harmless: count('harmless'),
      wrong: count('wrong'),
      notJudged: count('not judged'),
      noisePer10k: (noise / lines) * 10_000,
      worstPer10k: Math.max(
        ...corpora.map(({ hits: all, scanned }) => {
          const own = all.filter((hit) => hit.rule === id && hit.verdict !== 'right');
          return (own.length / scanned.lines) * 10_000;
        }),
      ),
    };
  });
}

/** Every leaky and healthy program of the zoo, and the lines that each tool points at. */
function zooTable() {
  const roots = ['testdata/programs', 'testdata/programs/go122'];
  const programs = roots.flatMap((root) =>
    readdirSync(root).flatMap((rule) => {
      if (!existsSync(path.join(root, rule, 'truth.json')) && root.endsWith('programs')) return [];
      if (/^(go122|internal|go\.mod)$/.test(rule)) return [];
      return readdirSync(path.join(root, rule), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => programAt(root, `${rule}/${entry.name}`));
    }),
  );
  const tools = linters()
    .map((tool) => ({ name: tool.name, found: roots.map((root) => tool.run(root)) }))
    .map(({ name, found }) => ({ name, lines: new Set(found.flat()) }));
  return { programs, tools };
}

function programAt(root, name) {
  const folder = path.join(root, name);
  const marks = readdirSync(folder)
    .filter((file) => file.endsWith('.go'))
    .flatMap((file) =>
      readFileSync(path.join(folder, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => (line.includes('//leak:') ? [`${folder}/${file}:${index + 1}`] : [])),
    );
  return {
    name: root.endsWith('go122') ? `go122/${name}` : name,
    folder,
    marks,
    leaks: path.basename(name).startsWith('leaky'),
  };
}

function linters() {
  const tool = (name) => path.join(path.resolve(flags.tools || '.'), name);
  const has = (name) => flags.tools !== '' && existsSync(tool(name));
  const revive = path.join(scratch, 'revive.toml');
  writeFileSync(revive, '[rule.defer]\n[rule.datarace]\n[rule.waitgroup-by-value]\n');
  return [
    { name: 'leakline scan', run: (root) => scanPlaces(root, []) },
    { name: 'leakline scan --all', run: (root) => scanPlaces(root, ['--all']) },
    { name: 'go vet', run: (root) => places(root, 'go', ['vet', './...']) },
    { name: 'staticcheck', run: (root) => places(root, tool('staticcheck'), ['-checks', 'SA*', './...']) },
    { name: 'bodyclose', run: (root) => places(root, 'go', ['vet', `-vettool=${tool('bodyclose')}`, './...']) },
    { name: 'sqlclosecheck', run: (root) => places(root, 'go', ['vet', `-vettool=${tool('sqlclosecheck')}`, './...']) },
    { name: 'gocritic', run: (root) => places(root, tool('gocritic'), ['check', '-enable', 'deferInLoop', './...']) },
    { name: 'revive', run: (root) => places(root, tool('revive'), ['-config', revive, './...']) },
  ].filter(({ name }) => /^(leakline scan|go vet)/.test(name) || has(name));
}

const scanPlaces = (root, words) =>
  places(root, process.execPath, [path.resolve(flags.cli), 'scan', '--no-color', ...words, './...']);

/** `path/main.go:12` of every finding, the path as seen from here. */
function places(root, command, args) {
  const run = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.error !== undefined) throw run.error;
  const found = new Set();
  for (const [, file, line] of `${run.stdout}\n${run.stderr}`.matchAll(/^(?:vet: )?(\S+\.go):(\d+):\d+:? /gm))
    found.add(`${path.relative('.', path.resolve(root, file))}:${line}`);
  return [...found];
}

function page(corpora, rules, zoo) {
  const total = corpora.reduce((sum, { scanned }) => sum + scanned.lines, 0);
  const leaky = zoo.programs.filter(({ leaks }) => leaks);
  const clean = zoo.programs.filter(({ leaks }) => !leaks);
  const finds = (tool, { marks }) => marks.some((mark) => tool.lines.has(mark));
  const alarms = (tool, { folder }) => [...tool.lines].some((line) => line.startsWith(`${folder}/`));
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return `<!-- Written by scripts/scan-precision.mjs; do not edit. -->
# How often a hit of the scan is wrong

All rules, those that are off by default too, over ${total.toLocaleString('en')} lines that nobody wrote for us, without tests
and generated files. Every hit was looked at by hand (\`scripts/scan-judgements.json\`): *right* means that what the message
says happens when that way is taken; *harmless* that it does, and does not matter there (a test, a command that ends, keys of a
small set such as the types of a program); *wrong* that it cannot. Whatever is not *right* counts against a rule: it is on by
default only with at most ${allowedPer10kLines} such hit in 10 000 lines. Where many hits of one rule have one reason, it was judged once for
their folder, after reading each line.

${row(['source', 'packages', 'lines', 'hits', 'wrong'])}
|---|---|---|---|---|
${corpora
  .map(({ name, scanned, hits }) =>
    row([
      name,
      scanned.packages,
      scanned.lines.toLocaleString('en'),
      hits.length,
      hits.filter((hit) => hit.verdict === 'wrong').length,
    ]),
  )
  .join('\n')}

${row(['rule', 'hits', 'right', 'harmless', 'wrong', 'not judged', 'no leak, in 10 000 lines', 'in the worst source'])}
|---|---|---|---|---|---|---|---|
${rules
  .map((rule) =>
    row([
      `\`${rule.id}\`${rule.byDefault ? '' : ' (off)'}`,
      rule.hits,
      rule.right,
      rule.harmless,
      rule.wrong,
      rule.notJudged,
      rule.noisePer10k.toFixed(3),
      rule.worstPer10k.toFixed(3),
    ]),
  )
  .join('\n')}

## Every hit

${row(['where', 'rule', 'judged', 'why'])}
|---|---|---|---|
${corpora.flatMap(({ hits }) => hits.map((hit) => row([`${hit.corpus}: ${hit.file}:${hit.line}`, hit.rule, hit.verdict, hit.why]))).join('\n')}

## What linters find of the zoo's leaks

Programs of \`testdata/programs\`: of ${leaky.length} that leak, a tool finds one when it points at a marked line; of ${clean.length} that do not
leak, anything it says is a false alarm. Asked of staticcheck: its SA checks; of gocritic: its default checks and deferInLoop;
of revive: defer, datarace, waitgroup-by-value.

${row(['', ...zoo.tools.map(({ name }) => name)])}
|---|${zoo.tools.map(() => '---|').join('')}
${row([`leaks found, of ${leaky.length}`, ...zoo.tools.map((tool) => leaky.filter((program) => finds(tool, program)).length)])}
${row([`false alarms, of ${clean.length}`, ...zoo.tools.map((tool) => clean.filter((program) => alarms(tool, program)).length)])}
${leaky.map((program) => row([program.name, ...zoo.tools.map((tool) => (finds(tool, program) ? 'found' : '–'))])).join('\n')}
`;
}

function output(command, args) {
  const run = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (run.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${run.stderr}`);
  return run.stdout;
}

try {
  process.exitCode = main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
