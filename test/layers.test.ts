// The table of layers in ARCHITECTURE.md against the imports of the source. What breaks it today stands in `debt`, which
// may only get shorter.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: ['base'],
  decode: ['model', 'base'],
  growth: ['model', 'base'],
  retention: ['model', 'base'],
  ledger: ['model', 'base'],
  scan: ['model', 'base'],
  goheap: ['decode', 'model', 'base'],
  diagnosis: ['growth', 'retention', 'ledger', 'scan', 'model', 'base'],
  report: ['diagnosis', 'model', 'base'],
  capture: ['decode', 'goheap', 'model', 'base'],
  store: ['model', 'base'],
  'analyze-scan': ['scan', 'capture', 'model', 'base'],
  worker:
    'analyze analyze-scan analyze-process scan capture store report diagnosis ledger growth decode model base'.split(
      ' ',
    ),
  'analyze-process': ['report', 'ledger', 'growth', 'decode', 'model', 'base'],
  'analyze-heap': ['retention', 'goheap', 'decode', 'model', 'base'],
  'inspect-heap': ['report', 'retention', 'goheap', 'model', 'base'],
  analyze: [
    'analyze-process',
    'analyze-heap',
    'report',
    'capture',
    'diagnosis',
    'scan',
    'ledger',
    'retention',
    'growth',
    'goheap',
    'decode',
    'model',
    'base',
  ],
  api: ['report', 'diagnosis', 'model', 'base'],
  server:
    'analyze analyze-process inspect-heap capture store api report ledger retention growth decode model base'.split(
      ' ',
    ),
  ui: ['api', 'report', 'model', 'base'],
  index: ['analyze', 'store', 'report', 'capture', 'diagnosis', 'scan', 'growth', 'decode', 'model', 'base'],
  cli: 'worker analyze analyze-scan analyze-process inspect-heap server report capture diagnosis scan ledger retention growth goheap decode model base store index'.split(
    ' ',
  ),
};

/** `src/a.ts -> src/b.ts`; nothing may be added here. */
const debt: readonly string[] = [];

const root = path.resolve(import.meta.dirname, '..');

function layerOf(file: string): string {
  const [, first] = path.relative(root, file).split(path.sep);
  return (first ?? '').replace(/\.tsx?$/, '');
}

const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => path.join('src', file))
  .filter((file) => /\.tsx?$/.test(file) && !/\.(?:test\.tsx?|d\.ts)$/.test(file));

function importsOf(file: string): readonly { specifier: string; typeOnly: boolean }[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const statics = [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'/gms)];
  const dynamics = [...text.matchAll(/\bimport\('([^']+)'\)/g)];
  return [
    ...statics.map((match) => ({ specifier: match[2]!, typeOnly: match[1] !== undefined })),
    ...dynamics.map((match) => ({ specifier: match[1]!, typeOnly: false })),
  ];
}

describe('layers', () => {
  it('knows every folder of src', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(
      [...new Set(files.map((file) => layerOf(path.join(root, file))))].filter((layer) => !(layer in mayImport)),
    ).toEqual([]);
  });

  it('holds for every import', () => {
    const broken = files.flatMap((file) =>
      importsOf(file).flatMap(({ specifier }) => {
        if (!specifier.startsWith('.')) return [];
        const target = path.resolve(root, path.dirname(file), specifier);
        const from = layerOf(path.join(root, file));
        const to = layerOf(target);
        if (from === to || mayImport[from]?.includes(to)) return [];
        return [`${file} -> ${path.relative(root, target)}`];
      }),
    );
    expect(broken.filter((line) => !debt.includes(line))).toEqual([]);
    expect(debt.filter((line) => !broken.includes(line))).toEqual([]);
  });

  it('keeps Node out of what a browser runs, and text out of what computes', () => {
    const pure = files.filter((file) => /^src\/(base|model|growth|diagnosis|report|api|ui)\//.test(file));
    const node = pure.flatMap((file) =>
      importsOf(file).flatMap(({ specifier }) => (specifier.startsWith('node:') ? [`${file}: ${specifier}`] : [])),
    );
    expect(node).toEqual([]);
    const talks = files.filter(
      (file) =>
        !file.startsWith(path.join('src', 'cli')) &&
        /\bconsole\.|process\.exit\(/.test(readFileSync(path.join(root, file), 'utf8')),
    );
    expect(talks).toEqual([]);
  });
});
