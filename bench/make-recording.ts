// Fills a store with a recording that is as long as a week of one: numbers with each capture, a heap profile now and then,
// a report of a real run. A step of ui-first-view.mjs.
//   node make-recording.mjs FOLDER CAPTURES CASE_FILE
import { analyze } from '../src/analyze.ts';
import { readCaseFile } from '../src/capture/read-case-file.ts';
import { renderJson } from '../src/report/render-json.ts';
import { openStore } from '../src/store/open-store.ts';

const [folder = '', count = '10000', file = ''] = process.argv.slice(2);
const captures = Number(count);
const everyMs = 60_000;
const input = await readCaseFile(file);
const { report } = await analyze(input, { toolVersion: 'bench' });
const profiles = input.artefacts.filter(({ kind }) => kind === 'heap-profile' || kind === 'goroutine-profile');
const moments = [...new Set(profiles.map(({ capture }) => capture))];
const store = await openStore(folder, { mode: 'write' });
const fromMs = Date.parse('2026-11-01T00:00:00Z');
const writer = await store.beginCase({ key: 'bench', facts: { target: input.target }, atMs: fromMs });
for (let index = 0; index < captures; index++) {
  const atMs = fromMs + index * everyMs;
  // Half a day up, then a new start.
  const incarnation = Math.floor(index / 3000);
  const grown = 1e8 + (index % 3000) * 40_000 + (index % 7) * 1e6;
  const metrics = new Map(
    ['rss', 'rss-anon', 'rss-file', 'heap-alloc', 'heap-inuse', 'heap-sys', 'stack-inuse'].map((name) => [name, grown]),
  );
  metrics
    .set('goroutines', 100 + (index % 50))
    .set('threads', 12)
    .set('open-files', 40)
    .set('limit', 1e9);
  const moment = index % 20 === 0 ? moments[Math.floor(((index % 3000) / 3000) * moments.length)] : undefined;
  const artefacts = profiles
    .filter(({ capture }) => capture === moment)
    .map((one) => ({ ...one, name: `${index}/${one.name.split('/').at(-1)}`, atMs, capture: index, incarnation }));
  await writer.append({ index, atMs, incarnation, artefacts, metrics });
  if (index > 0 && index % 3000 === 0)
    await writer.addEvent({ atMs, kind: 'restart', incarnation, message: 'the target is another process' });
}
await writer.saveReport({
  atMs: fromMs + captures * everyMs,
  verdict: report.verdict,
  summary: report.summary,
  json: renderJson(report),
});
console.log(`${(await store.usedBytes()) / 2 ** 20} MiB`);
await store.close();
