// The two wasm files of the Go grammar: beside the bundle in a published package, in node_modules in a checkout.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CaptureError } from '../base/errors.ts';

export interface GrammarFiles {
  /** web-tree-sitter's own module. */
  readonly treeSitter: Uint8Array;
  /** tree-sitter-go's language. */
  readonly go: Uint8Array;
}

export async function readGrammar(): Promise<GrammarFiles> {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const [treeSitter, go] = await Promise.all([
    readFirst('web-tree-sitter.wasm', 'web-tree-sitter/web-tree-sitter.wasm', here),
    readFirst('tree-sitter-go.wasm', 'tree-sitter-go/tree-sitter-go.wasm', here),
  ]);
  return { treeSitter, go };
}

async function readFirst(bundled: string, specifier: string, here: string): Promise<Uint8Array> {
  const tried = path.join(here, 'wasm', bundled);
  try {
    return await readFile(tried);
  } catch (cause) {
    try {
      return await readFile(createRequire(import.meta.url).resolve(specifier));
    } catch {
      throw new CaptureError('E-GRAMMAR-MISSING', `the Go grammar ${tried} cannot be read`, {
        advice: 'Reinstall leakline, or run with --no-source to do without reading source.',
        cause,
      });
    }
  }
}
