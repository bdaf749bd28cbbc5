// Writes src/goheap/layouts/*.ts: builds a program with each Go toolchain and asks its debug information where the runtime
// keeps what the heap walk reads; each table says what changed since the one before. `--check` writes nothing and fails when a table says something else.
//
//   node scripts/make-layouts.mjs                     all versions below
//   node scripts/make-layouts.mjs 1.28.0              one more (then add it to src/goheap/layout-for-version.ts)
//   node scripts/make-layouts.mjs --check 1.24.0      whether another patch release fits the table of its minor version
//
// Toolchains come through GOTOOLCHAIN. 1.19, whose toolchain module cannot build, is given as
// GO_1_19=/usr/lib/go-1.19/bin/go (Debian's golang-1.19-go).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

// Patch releases move fields, too: runtime.timer grew in 1.23.3. First and last releases of the others were compared.
const versions = [
  '1.19.8',
  '1.20.14',
  '1.21.13',
  '1.22.12',
  '1.23.2',
  '1.23.4',
  '1.24.4',
  '1.25.1',
  '1.26.8',
  '1.27.3',
];
const earlierTables = { '1.23.2': '1.23.0', '1.23.1': '1.23.0', '1.23.0': '1.23.0' };
// Experiments that move what is read, and were or are the default of another version.
const experiments = [
  ['1.22.12', 'noallocheaders'],
  ['1.24.4', 'noswissmap'],
  ['1.25.1', 'noswissmap'],
  ['1.25.1', 'greenteagc'],
  ['1.26.8', 'nogreenteagc'],
  ['1.27.3', 'nogreenteagc'],
];
const check = process.argv.includes('--check');
const asked = process.argv.slice(2).filter((argument) => /^\d+\.\d+/.test(argument));

const bundle = await build({
  stdin: {
    contents: `
      export { byteSourceOf } from './src/base/byte-source.ts';
      export { readDebugInfo } from './src/decode/dwarf/debug-info.ts';
      export { readElf } from './src/decode/elf/read-elf.ts';
      export { decodeBuildInfo } from './src/decode/buildinfo/decode-build-info.ts';
      export { factsOfDebugInfo, namesOfDebugInfo } from './src/goheap/debug-facts.ts';
      export { layoutForVersion } from './src/goheap/layout-for-version.ts';
      export { makeLayout } from './src/goheap/make-layout.ts';
      export { fileMemory } from './src/goheap/file-memory.ts';
      export { readWaitReasons } from './src/goheap/wait-reasons.ts';`,
    resolveDir: '.',
    loader: 'ts',
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
});
const leakline = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].text).toString('base64')}`
);

// Refers to everything whose layout is asked for, so that the linker keeps it in the debug information.
const program = {
  'go.mod': 'module layouts\n\ngo 1.19\n',
  'main.go': `package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

type held struct{ next *held }

var (
	kept  = map[string]*held{}
	queue = make(chan *held, 4)
	lock  sync.Mutex
)

func main() {
	object := &held{}
	runtime.SetFinalizer(object, func(*held) {})
	kept[os.Args[0]] = object
	queue <- object
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	time.AfterFunc(time.Hour, func() { lock.Lock() })
	pprof.Lookup("heap").WriteTo(os.Stderr, 1)
	select {
	case <-queue:
	case <-ticker.C:
	}
	newer()
}
`,
  'newer.go': `//go:build go1.24
// +build go1.24

package main

import (
	"runtime"
	"weak"
)

func newer() {
	object := &held{}
	pointer := weak.Make(object)
	runtime.AddCleanup(object, func(int) {}, 1)
	runtime.KeepAlive(pointer.Value())
}
`,
  'older.go': `//go:build !go1.24
// +build !go1.24

package main

func newer() {}
`,
};

const directory = mkdtempSync(path.join(tmpdir(), 'leakline-layouts-'));
for (const [name, text] of Object.entries(program)) writeFileSync(path.join(directory, name), text);
mkdirSync('src/goheap/layouts', { recursive: true });
let differing = 0;
const made = new Map();
try {
  for (const version of asked.length > 0 ? asked : versions) {
    const name = tableNameOf(version);
    const file = `src/goheap/layouts/go-${name.replaceAll('.', '-')}.ts`;
    made.set(version, await layoutOf(version));
    const row = versions.findIndex((one) => tableNameOf(one) === name);
    const before = versions[(row < 0 ? versions.length : row) - 1];
    write(file, await format(file, tableOf(name, made.get(version), before)));
  }
  if (asked.length === 0) {
    const file = 'src/goheap/layouts/experiments.ts';
    write(file, await format(file, await experimentsTable()));
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${differing} tables ${check ? 'differ' : 'written'}`);
process.exitCode = check && differing > 0 ? 1 : 0;

function write(file, text) {
  const there = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (there === text || (check && sameFacts(there, text))) return;
  differing++;
  if (check) console.error(`${file} differs from what the toolchains say`);
  else writeFileSync(file, text);
}

async function experimentsTable() {
  const rows = {};
  for (const [version, experiment] of experiments) {
    const base = made.get(version);
    rows[`'${base.version} ${experiment}'`] = changesOf(base, await layoutOf(version, experiment));
  }
  return `// Written by scripts/make-layouts.mjs from the debug information of binaries with GOEXPERIMENT; do not edit.
import type { LayoutChanges } from '../changed-layout.ts';

export const experimentLayouts: Readonly<Record<string, LayoutChanges>> = ${literal(rows)};
`;
}

/** What changedLayout needs to make `layout` of `base`. */
function changesOf(base, layout) {
  const { structs, constants, ...facts } = entriesThatDiffer(base, layout);
  const fields = Object.entries(entriesThatDiffer(base.structs, structs ?? {})).map(([name, struct]) => [
    name,
    struct === undefined ? undefined : entriesThatDiffer(base.structs[name] ?? {}, struct),
  ]);
  return {
    ...facts,
    ...(structs === undefined ? {} : { structs: Object.fromEntries(fields) }),
    ...(constants === undefined ? {} : { constants: entriesThatDiffer(base.constants, constants) }),
  };
}

function entriesThatDiffer(base, value) {
  const differs = ([key, one]) => !(key in base) || literal(base[key]) !== literal(one);
  return Object.fromEntries(Object.entries(value).filter(differs));
}

/** Tables of two patch releases differ in the line that says where they are from. */
function sameFacts(one, other) {
  const facts = (text) => text.replaceAll(/go\d+\.\d+\.\d+[^']* linux/g, 'go linux');
  return facts(one) === facts(other);
}

async function layoutOf(version, experiment = '') {
  const minor = version.split('.').slice(0, 2).join('.');
  const binary = path.join(directory, version);
  const go = process.env[`GO_${minor.replace('.', '_')}`];
  execFileSync(go ?? 'go', ['build', '-o', binary, '.'], {
    cwd: directory,
    env: {
      ...process.env,
      GOOS: 'linux',
      GOARCH: 'amd64',
      GOFLAGS: '',
      GOEXPERIMENT: experiment,
      ...(go ? {} : { GOTOOLCHAIN: `go${version}` }),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const source = leakline.byteSourceOf(readFileSync(binary));
  const elf = await leakline.readElf(source);
  const { goVersion } = await leakline.decodeBuildInfo(source);
  const info = await leakline.readDebugInfo(source, elf);
  const memory = leakline.fileMemory(readFileSync(binary), elf);
  return leakline.makeLayout(leakline.factsOfDebugInfo(info), {
    version: `go${minor}`,
    madeFrom: `${goVersion} linux/amd64`,
    waitReasons: leakline.readWaitReasons(memory, leakline.namesOfDebugInfo(info)),
  });
}

function tableOf(name, layout, before) {
  const head = `// Written by scripts/make-layouts.mjs from the debug information of a binary of ${layout.madeFrom}; do not edit.`;
  const constant = `export const ${constantOf(name)}: RuntimeLayout`;
  if (before === undefined) {
    return `${head}
import type { RuntimeLayout } from '../runtime-layout.ts';

${constant} = ${literal(layout)};
`;
  }
  const base = made.get(before) ?? leakline.layoutForVersion(`go${before}`);
  const baseName = tableNameOf(before);
  return `${head}
import { changedLayout } from '../changed-layout.ts';
import type { RuntimeLayout } from '../runtime-layout.ts';
import { ${constantOf(baseName)} } from './go-${baseName.replaceAll('.', '-')}.ts';

${constant} = changedLayout(${constantOf(baseName)}, ${literal(changesOf(base, layout))});
`;
}

/** `1.26`, and `1.23.0` for what was so before a patch release moved it. */
function tableNameOf(version) {
  return earlierTables[version] ?? version.split('.').slice(0, 2).join('.');
}

function constantOf(name) {
  return `go${name.replaceAll('.', '')}`;
}

function literal(value) {
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, one]) => `${key}: ${literal(one)}`)
    .join(', ')}}`;
}

async function format(file, text) {
  return execFileSync('npx', ['biome', 'format', `--stdin-file-path=${file}`], { input: text, encoding: 'utf8' });
}
