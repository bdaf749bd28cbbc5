// How long the flame graph takes in a real browser: the tree, the first drawing, each zoom, a search. 50 000 nodes in a
// headless Chromium without a graphics card, which is the slowest that anyone will have. Prints a table for
// docs/performance.md.   node bench/flame-browser.mjs [nodes]
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const nodes = Number(process.argv[2] ?? 50_000);
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (executablePath === undefined) throw new Error('needs Chromium: scripts/install-tools.sh --tests');

const page = `
import { buildFlameTree } from './src/ui/flame/flame-tree.ts';
import { layOutFlame } from './src/ui/flame/lay-out-flame.ts';
import { drawFlame, levelPx } from './src/ui/flame/draw-flame.ts';
import { fitCanvas } from './src/ui/parts/fit-canvas.ts';

// A random walk that is the same each time: stacks of some 25 frames, a few wide, most of them thin.
let seed = 42;
const random = () => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32);
function stacks(length) {
  const prefix = [-1], frame = [0], before = [0], after = [0], depth = [0];
  const functionNames = Array.from({ length: 4000 }, (_, i) => 'example.com/app/pkg' + (i % 60) + '.(*T' + (i % 7) + ').method' + i);
  while (prefix.length < length) {
    const above = random() < 0.7 ? prefix.length - 1 : Math.floor(random() * prefix.length);
    if (depth[above] > 60) continue;
    prefix.push(above);
    depth.push(depth[above] + 1);
    frame.push(Math.floor(random() * functionNames.length));
    const size = Math.floor(1 / (random() + 1e-4)) * 512;
    before.push(size);
    after.push(Math.floor(size * (0.5 + random() * 2)));
  }
  const file = functionNames.map(() => 'a.go'), line = functionNames.map(() => 1);
  return { stacks: { frames: { function: functionNames, file, line, own: [] }, prefix, frame }, before, after };
}
window.measure = (length) => {
  const change = stacks(length);
  const canvas = document.body.appendChild(document.createElement('canvas'));
  const context = canvas.getContext('2d', { alpha: false });
  const widthPx = 1400;
  const clock = (run) => { const from = performance.now(); const value = run(); context.getImageData(0, 0, 1, 1); return [performance.now() - from, value]; };
  const look = { theme: 'dark', comparing: true, found: undefined, selected: 0, hovered: -1 };
  const draw = (tree, zoom, more = {}) => {
    const layout = layOutFlame(tree, { zoom, widthPx });
    fitCanvas(canvas, widthPx, layout.levels * levelPx);
    drawFlame(context, tree, layout, { ...look, ...more });
    return layout.length;
  };
  const [treeMs, tree] = clock(() => buildFlameTree(change, { order: 'callers', width: 'size' }));
  const [invertMs] = clock(() => buildFlameTree(change, { order: 'inverted', width: 'size' }));
  const [firstMs, drawn] = clock(() => draw(tree, 0));
  const zooms = [];
  for (let row = 0, step = 0; step < 60; step++) {
    row = row + 1 < tree.end[row] ? row + 1 : Math.floor(random() * tree.length);
    zooms.push(clock(() => draw(tree, row))[0]);
    zooms.push(clock(() => draw(tree, 0))[0]);
  }
  zooms.sort((a, b) => a - b);
  const found = Uint8Array.from(tree.names, (name) => (name.includes('method1') ? 1 : 0));
  const [searchMs] = clock(() => draw(tree, 0, { found }));
  return { nodes: tree.length, drawn, treeMs, invertMs, firstMs, zoomMs: zooms[zooms.length >> 1], worstZoomMs: zooms.at(-1), searchMs };
};`;
const built = await build({
  stdin: { contents: page, resolveDir: '.', loader: 'ts' },
  bundle: true,
  format: 'iife',
  target: 'es2022',
  write: false,
});
const browser = await chromium.launch({ executablePath, args: process.geteuid?.() === 0 ? ['--no-sandbox'] : [] });
try {
  const tab = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await tab.setContent('<!doctype html><body></body>');
  await tab.addScriptTag({ content: built.outputFiles[0].text });
  const rows = [];
  for (const length of [5_000, nodes]) rows.push(await tab.evaluate((wanted) => globalThis.measure(wanted), length));
  const ms = (value) => value.toFixed(1);
  console.log(
    '| nodes | frames drawn | tree | tree, inverted | first drawing | zoom, median | zoom, worst of 120 | search |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const row of rows) {
    const times = [row.treeMs, row.invertMs, row.firstMs, row.zoomMs, row.worstZoomMs, row.searchMs].map(ms);
    console.log(`| ${row.nodes} | ${row.drawn} | ${times.join(' ms | ')} ms |`);
  }
} finally {
  await browser.close();
}
