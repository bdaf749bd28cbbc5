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

export async function createGoParser(grammar: GrammarBytes): Promise<GoParser> {
  await Parser.init({ wasmBinary: grammar.treeSitter });
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar.go));
  return { parse: (text) => parser.parse(text) ?? undefined };
}
