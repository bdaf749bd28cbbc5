// Says where a file does not parse. The tree of the rest is used all the same: errors of the grammar stay local.
import type { Node } from 'web-tree-sitter';
import type { ScanNote } from '../../model/scan.ts';
import type { GoParser } from '../go-parser.ts';

/** A parser that adds a note for each text with a syntax error. */
export function noteErrors(parser: GoParser, sources: ReadonlyMap<string, string>, notes: ScanNote[]): GoParser {
  const pathOf = new Map([...sources].map(([path, text]) => [text, path]));
  return {
    parse(text) {
      const tree = parser.parse(text);
      const file = pathOf.get(text) ?? '';
      if (tree === undefined) notes.push({ file, line: 0, message: 'could not be parsed' });
      else if (tree.rootNode.hasError) {
        const line = firstError(tree.rootNode);
        notes.push({ file, line, message: 'does not parse here; the rest of the file was read' });
      }
      return tree;
    },
  };
}

/** Line of the first error below a node that has one. */
function firstError(root: Node): number {
  let at = root;
  for (;;) {
    if (at.isError || at.isMissing) break;
    const inner = at.children.find((child) => child !== null && (child.hasError || child.isMissing));
    if (inner === undefined || inner === null) break;
    at = inner;
  }
  return at.startPosition.row + 1;
}
