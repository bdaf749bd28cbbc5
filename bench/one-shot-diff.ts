// What the benchmark times: two heap profiles → the functions that grew, as `go tool pprof -top -diff_base` prints them.
// It is bundled to one file first, as the command-line program is.
//   node one-shot-diff.js BASE CURRENT [sample type]
import { readFileSync } from 'node:fs';
import { decodeProfile } from '../src/decode/pprof/decode-profile.ts';
import { diffProfiles } from '../src/growth/diff-profiles.ts';

const [basePath, currentPath, sampleType = 'inuse_space'] = process.argv.slice(2);
if (basePath === undefined || currentPath === undefined) throw new Error('two profiles are needed');
const load = (path: string) => decodeProfile(readFileSync(path), { labels: false });
const diff = diffProfiles(load(basePath), load(currentPath), sampleType);
const lines = [`total ${diff.total} ${diff.unit}`, '      flat        cum  function'];
for (const row of diff.functions) {
  lines.push(`${String(row.flat).padStart(10)} ${String(row.cum).padStart(10)}  ${row.name}`);
}
process.stdout.write(`${lines.join('\n')}\n`);
