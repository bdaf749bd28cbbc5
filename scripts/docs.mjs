// Writes docs/rules/*.md from the catalogue; --check fails when a page differs. One text for docs, CLI and reports.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const { catalogue } = await load('src/diagnosis/catalogue.ts');
const { staticCatalogue } = await load('src/scan/static/catalogue.ts');

const pages = new Map(catalogue.map((rule) => [`${rule.id}.md`, pageOf(rule)]));
pages.set('README.md', indexOf(catalogue));

const folder = 'docs/rules';
mkdirSync(folder, { recursive: true });
const there = new Set(readdirSync(folder));
const stale = [...there].filter((name) => !pages.has(name));
const changed = [...pages].filter(
  ([name, text]) => !there.has(name) || readFileSync(`${folder}/${name}`, 'utf8') !== text,
);
if (process.argv.includes('--check')) {
  for (const name of [...stale, ...changed.map(([name]) => name)])
    console.error(`${folder}/${name} is out of date: npm run docs`);
  process.exitCode = stale.length + changed.length > 0 ? 1 : 0;
} else {
  for (const name of stale) rmSync(`${folder}/${name}`);
  for (const [name, text] of changed) writeFileSync(`${folder}/${name}`, text);
  console.log(`${changed.length} pages written, ${stale.length} removed, ${pages.size} in all`);
}

async function load(entry) {
  const bundle = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['web-tree-sitter'],
    logLevel: 'warning',
  });
  const code = bundle.outputFiles[0].text;
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}

/** The examples that the tests execute. */
function scanPart(id) {
  const rule = staticCatalogue.find((candidate) => candidate.id === id);
  if (rule === undefined) return '';
  const block = (text) => `\`\`\`go\n${text.replace(/[ \t]*\/\/want$/gm, ' // <- hit').trim()}\n\`\`\``;
  const part = (title, texts) => (texts.length === 0 ? '' : `\n**${title}**\n\n${texts.map(block).join('\n\n')}\n`);
  const off = rule.byDefault
    ? ''
    : ` It is off by default: ${rule.offBecause}. \`leakline scan --rules ${id}\` turns it on.`;
  return `
## In source

\`leakline scan\` looks for it.${off} \`//leakline:ignore ${id} REASON\` accepts a line.
${part('Caught by scan', rule.examples.leaks)}${part('Not a leak', rule.examples.fine)}`;
}

function pageOf({ id, title, type, about, needs }) {
  return `<!-- Written by scripts/docs.mjs from src/diagnosis/rules; do not edit. -->
# ${title}

\`${id}\` · ${type === 'leak' ? 'a cause of leaks' : 'looks like a leak and is none'} · needs ${needs.join(', ') || 'heap profiles or a GC trace'}

**What.** ${about.what}

**Why.** ${about.why}

**Fix.** ${about.fix}

**What only looks like it.** ${about.falsePositives}

${about.sources.map((source) => `- <${source}>`).join('\n')}
${scanPart(id)}`;
}

function indexOf(rules) {
  const rows = (type) =>
    rules
      .filter((rule) => rule.type === type)
      .map((rule) => `| [${rule.id}](${rule.id}.md) | ${rule.title} |`)
      .join('\n');
  return `<!-- Written by scripts/docs.mjs from src/diagnosis/rules; do not edit. -->
# Causes that leakline knows

| rule | cause |
|---|---|
${rows('leak')}

# What looks like a leak and is none

| rule | what it is |
|---|---|
${rows('look-alike')}
`;
}
