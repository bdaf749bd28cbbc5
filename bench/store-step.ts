// One step of store.mjs in a process of its own: `fill FOLDER CAPTURES STACKS` appends a long recording, `ask FOLDER` puts
// the questions that pages put, as a reader that has just opened the store. Prints JSON.
import { createStackTableBuilder, noStack } from '../src/model/stacks.ts';
import { openStore } from '../src/store/open-store.ts';

const [step, folder = '', captureCount = '10000', stackCount = '500'] = process.argv.slice(2);
const fromMs = Date.parse('2026-11-01T00:00:00Z');
const everyMs = 60_000;

if (step === 'fill') await fill(Number(captureCount), Number(stackCount));
else await ask();

async function fill(captures: number, stackTotal: number): Promise<void> {
  const builder = createStackTableBuilder();
  const rows = Int32Array.from({ length: stackTotal }, (_, stack) => {
    let row = noStack;
    for (let depth = 0; depth < 16; depth++) {
      const name =
        depth < 8 ? `runtime.frame${depth}` : `example.com/service/package${stack % 40}.(*Type).call${stack}`;
      row = builder.internStack(row, builder.internFrame(name, `/src/service/file${stack % 40}.go`, 10 + depth));
    }
    return row;
  });
  const stacks = builder.finish();
  // Sampled values: they step by whole samples now and then; a tenth of the stacks grows.
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const inuseBytes = Float64Array.from(rows, () => Math.floor(random() * 200) * 8192);
  const allocBytes = inuseBytes.map((bytes) => bytes * 10);
  const store = await openStore(folder, { mode: 'write' });
  const writer = await store.beginCase({
    key: 'bench',
    facts: { target: { kind: 'url', label: 'http://localhost:6060' } },
    atMs: fromMs,
  });
  const appendMs: number[] = [];
  const startMs = performance.now();
  for (let index = 0; index < captures; index++) {
    for (let stack = 0; stack < stackTotal; stack++) {
      if (random() < 0.15) allocBytes[stack]! += 8192;
      if (stack % 10 === 0 && random() < 0.1) inuseBytes[stack]! += 8192;
      else if (random() < 0.1) inuseBytes[stack] = Math.max(0, inuseBytes[stack]! + (random() < 0.5 ? -8192 : 8192));
    }
    const beganMs = performance.now();
    await writer.append({
      index,
      atMs: fromMs + index * everyMs,
      incarnation: 0,
      artefacts: [],
      metrics: new Map([
        ['rss', 2e8 + index * 4096],
        ['heap-alloc', 1e8 + index * 2048],
        ['goroutines', 100 + (index % 7)],
      ]),
      heap: {
        stacks,
        rows,
        columns: {
          'inuse-bytes': inuseBytes,
          'inuse-objects': inuseBytes.map((bytes) => bytes / 64),
          'alloc-bytes': allocBytes,
          'alloc-objects': allocBytes.map((bytes) => bytes / 64),
        },
      },
    });
    appendMs.push(performance.now() - beganMs);
  }
  const seconds = (performance.now() - startMs) / 1000;
  await store.close();
  const reader = await openStore(folder, { mode: 'read' });
  const bytes = await reader.usedBytes();
  await reader.close();
  appendMs.sort((a, b) => a - b);
  print({
    seconds,
    bytes,
    appendMs: at(appendMs, 0.5),
    append99Ms: at(appendMs, 0.99),
    rssBytes: process.memoryUsage.rss(),
  });
}

async function ask(): Promise<void> {
  const openedMs = performance.now();
  const store = await openStore(folder, { mode: 'read' });
  const [only] = await store.cases();
  const openMs = performance.now() - openedMs;
  const { id, fromMs: from, toMs: to } = only!;
  const span = to! - from!;
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    growth: () => store.stackGrowth(id, { value: 'inuse-bytes' }),
    part: () => store.stackGrowth(id, { value: 'inuse-bytes', fromMs: from! + span * 0.21, toMs: from! + span * 0.83 }),
    metrics: () => store.metrics(id, { maxPoints: 1000 }),
  };
  const answers: Record<string, unknown> = { openMs };
  for (const [name, question] of Object.entries(questions)) {
    const ms: number[] = [];
    for (let round = 0; round < 9; round++) {
      const startMs = performance.now();
      await question();
      ms.push(performance.now() - startMs);
    }
    answers[name] = {
      firstMs: ms[0]!,
      medianMs: at(
        [...ms].sort((a, b) => a - b),
        0.5,
      ),
    };
  }
  await store.close();
  print(answers);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)]!;
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
