// Functions of a file, declared and literal, with the names that Go's compiler gives them (cmd/compile/internal/ir
// func.go, closureName): `main.(*set).add`, the first literal in it `main.(*set).add.func1`, one in that `….func1.1`.
import type { GoFile } from './go-file.ts';
import { part, type Syntax, textOf, walkOwn } from './syntax.ts';

export interface GoFunction {
  readonly file: GoFile;
  /** The declaration or the literal. */
  readonly node: Syntax;
  readonly body: Syntax;
  /** As declared; '' for a literal. */
  readonly name: string;
  /** Type of the receiver without star and type parameters. */
  readonly receiverType: string | undefined;
  /** Name behind the package path: `(*set).add.func1`. */
  readonly localSymbol: string;
  readonly outer: GoFunction | undefined;
}

export function functionsOf(file: GoFile): readonly GoFunction[] {
  const found: GoFunction[] = [];
  let initialisers = 0;
  for (const declaration of file.root.children) {
    if (declaration.kind === 'function_declaration' || declaration.kind === 'method_declaration') {
      const body = part(declaration, 'body');
      const nameNode = part(declaration, 'name');
      if (body === undefined || nameNode === undefined) continue;
      const name = textOf(nameNode);
      const receiver = receiverOf(declaration);
      const generic = part(declaration, 'type_parameters') === undefined ? '' : '[...]';
      const declared: GoFunction = {
        file,
        node: declaration,
        body,
        name,
        receiverType: receiver?.type,
        localSymbol: receiver === undefined ? `${name}${generic}` : `${receiver.symbol}.${name}`,
        outer: undefined,
      };
      found.push(declared);
      addLiterals(declared, body, found);
    } else if (declaration.kind === 'var_declaration') {
      // Literals in package variables belong to no function: glob..func1, or init.func1 since Go 1.21.
      for (const literal of directLiterals(declaration)) {
        initialisers++;
        addLiteral(file, literal, `init.func${initialisers}`, undefined, found);
      }
    }
  }
  return found;
}

function addLiterals(outer: GoFunction, body: Syntax, found: GoFunction[]): void {
  let count = 0;
  for (const literal of directLiterals(body)) {
    count++;
    const nested = outer.name === '';
    addLiteral(outer.file, literal, `${outer.localSymbol}${nested ? '.' : '.func'}${count}`, outer, found);
  }
}

function addLiteral(
  file: GoFile,
  node: Syntax,
  localSymbol: string,
  outer: GoFunction | undefined,
  found: GoFunction[],
): void {
  const body = part(node, 'body');
  if (body === undefined) return;
  const literal: GoFunction = { file, node, body, name: '', receiverType: undefined, localSymbol, outer };
  found.push(literal);
  addLiterals(literal, body, found);
}

function* directLiterals(node: Syntax): Generator<Syntax> {
  for (const inner of walkOwn(node)) if (inner !== node && inner.kind === 'func_literal') yield inner;
}

function receiverOf(declaration: Syntax): { type: string; symbol: string } | undefined {
  const list = part(declaration, 'receiver');
  const type = list?.children[0] === undefined ? undefined : part(list.children[0], 'type');
  if (type === undefined) return undefined;
  const text = textOf(type);
  const name = text.replace(/^[*(\s]+/, '').replace(/[[)\s].*$/s, '');
  const generic = text.includes('[') ? '[...]' : '';
  return { type: name, symbol: text.startsWith('*') ? `(*${name}${generic})` : `${name}${generic}` };
}
