// Bundles the CLI and the library into dist/, one chunk a command, copies the Go grammar beside
// them, and makes the pages of the UI.
// --types adds declarations for the library (needs tsc, seconds instead of milliseconds).
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { build as buildPages } from 'vite';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
rmSync('dist', { recursive: true, force: true });
const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  define: { LEAKLINE_VERSION: JSON.stringify(version) },
  // Has a native part of its own for each platform; loaded only when a store is opened.
  external: ['libsql'],
  logLevel: 'warning',
};
// yauzl, yazl and commander are CommonJS: they ask for `require`, which a module has to make itself.
const requireBanner =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";
await build({
  ...shared,
  entryPoints: {
    cli: 'src/cli/main.ts',
    index: 'src/index.ts',
    'scan-worker': 'src/worker/scan-worker.ts',
    'analysis-worker': 'src/worker/analysis-worker.ts',
  },
  outdir: 'dist',
  splitting: true,
  chunkNames: 'chunk-[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  banner: { js: requireBanner },
});
const cli = readFileSync('dist/cli.js', 'utf8');
writeFileSync('dist/cli.js', `#!/usr/bin/env node\n${cli}`);
chmodSync('dist/cli.js', 0o755);
mkdirSync('dist/wasm');
const require = createRequire(import.meta.url);
copyFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm'), 'dist/wasm/web-tree-sitter.wasm');
copyFileSync(require.resolve('tree-sitter-go/tree-sitter-go.wasm'), 'dist/wasm/tree-sitter-go.wasm');
await buildPages({
  configFile: false,
  root: 'src/ui',
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/ui',
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    // Everything from one origin and in one piece: inlined data would need a wider policy.
    assetsInlineLimit: 0,
    rollupOptions: { output: { entryFileNames: 'app.js', assetFileNames: 'app[extname]', codeSplitting: false } },
  },
});
if (process.argv.includes('--types')) {
  const result = spawnSync('npx', ['tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
