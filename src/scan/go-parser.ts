// Go source → syntax tree, with the maintained tree-sitter grammar as WebAssembly: no native code, errors stay local.
import { Language, Parser, type Tree } from 'web-tree-sitter';

export interface GoParser {
  /** Undefined when the parser gives up (it does not on text of bounded size). */
  parse(text: string): Tree | undefined;
}

/** Bytes of web-tree-sitter.wasm and tree-sitter-go.wasm. */
export interface GrammarBytes {
  readonly treeSitter: Uint8Array;
  readonly go: Uint8Array;
}

/**
 * web-tree-sitter has one module a process, and a second start while the first is under way replaces it below the parsers
 * that were just made: they then see other trees. So it is started once; the module is the library's own global, not ours.
 */
let started: Promise<void> | undefined;

export async function createGoParser(grammar: GrammarBytes): Promise<GoParser> {
  started ??= Parser.init({ wasmBinary: grammar.treeSitter }).catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  await started;
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar.go));
  return { parse: (text) => parser.parse(text) ?? undefined };
}
