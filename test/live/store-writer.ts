// A process that does nothing but record drawn captures: it says the index of each one that was acknowledged. Tests kill it.
//   node store-writer.mjs FOLDER [COUNT [BYTES]]     COUNT captures (endless by default) with an artefact of BYTES each
import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/open-store.ts';
import { dayMs, drawCapture } from '../drawing/draw-recording.ts';

const [, , folder, count = 'Infinity', bytes = '40'] = process.argv;
const store = await openStore(folder!, { mode: 'write' });
const writer = await store.beginCase({
  key: 'svc',
  facts: { target: { kind: 'url', label: 'http://localhost:6060' } },
  atMs: dayMs,
});
const last = writer.nextCapture + Number(count);
/** Begins with its index and does not pack, as profiles that are packed already. */
function noise(index: number): Uint8Array {
  const content = new Uint8Array(Number(bytes)).map((_, at) => Math.imul(at + 1 + index * 7919, 0x9e3779b1) >>> 21);
  content.set(new TextEncoder().encode(`${index} `));
  return content;
}
for (let index = writer.nextCapture; index < last; index++) {
  await writer.append(
    drawCapture(index, {
      metrics: { rss: index },
      // A stack that is new now and then, so that every table is written.
      heap: { 'main>leak': index, [`main>at${Math.floor(index / 16)}`]: 1 },
      files: { status: noise(index) },
    }),
  );
  writeSync(1, `${index}\n`);
}
await store.close();
