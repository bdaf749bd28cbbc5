// Writes docs/rules/*.md from the catalogue; --check fails when a page differs. One text for docs, CLI and reports.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const bundle = await build({
  entryPoints: ['src/diagnosis/catalogue.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
});
const { catalogue } = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].text).toString('base64')}`
);

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

function pageOf({ id, title, type, about, needs }) {
  return `<!-- Written by scripts/docs.mjs from src/diagnosis/rules; do not edit. -->
# ${title}

\`${id}\` · ${type === 'leak' ? 'a cause of leaks' : 'looks like a leak and is none'} · needs ${needs.join(', ') || 'heap profiles or a GC trace'}

**What.** ${about.what}

**Why.** ${about.why}

**Fix.** ${about.fix}

**What only looks like it.** ${about.falsePositives}

${about.sources.map((source) => `- <${source}>`).join('\n')}
`;
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
