// One step of the work in a fresh process, with its wall and CPU time on stdout as JSON; what the benchmark compares
// decoding with gunzip by.
//   node one-step.js gunzip|decode|decode-with-labels|merge FILE [FILE]
import { readFileSync } from 'node:fs';
import { decodeProfile } from '../src/decode/pprof/decode-profile.ts';
import { gunzipBounded } from '../src/decode/pprof/gunzip-bounded.ts';
import { mergeProfiles } from '../src/growth/merge-profiles.ts';

const [step, ...paths] = process.argv.slice(2);
const inputs = paths.map((path) => readFileSync(path));
const decoded = step === 'merge' ? inputs.map((bytes) => decodeProfile(bytes, { labels: false })) : [];
const cpu = process.cpuUsage();
const start = performance.now();
let result = 0;
if (step === 'gunzip') for (const bytes of inputs) result += gunzipBounded(bytes, 2 ** 30).length;
else if (step === 'merge') result = mergeProfiles(decoded).rows.length;
else for (const bytes of inputs) result += decodeProfile(bytes, { labels: step !== 'decode' }).samples.length;
const wallMs = performance.now() - start;
const used = process.cpuUsage(cpu);
process.stdout.write(`${JSON.stringify({ wallMs, cpuMs: (used.user + used.system) / 1000, result })}\n`);
