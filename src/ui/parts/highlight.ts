// Go source → lines of coloured pieces, by highlight.js. Its answer is HTML; it is read back into plain pieces here, so that
// nothing of a source file is ever taken for markup.
import hljs from 'highlight.js/lib/core';
import go from 'highlight.js/lib/languages/go';

export interface CodePiece {
  readonly text: string;
  /** `hljs-keyword`; '' for plain text. */
  readonly style: string;
}

/** A line each, without its line break. */
export function highlightGo(source: string): readonly (readonly CodePiece[])[] {
  if (hljs.getLanguage('go') === undefined) hljs.registerLanguage('go', go);
  return piecesOf(hljs.highlight(source, { language: 'go', ignoreIllegals: true }).value);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'" };

function piecesOf(html: string): readonly (readonly CodePiece[])[] {
  const lines: CodePiece[][] = [[]];
  const open: string[] = [];
  for (const [token] of html.matchAll(/<span class="[^"]*">|<\/span>|[^<]+/g)) {
    if (token === '</span>') open.pop();
    else if (token.startsWith('<')) open.push(/class="([^"]*)"/.exec(token)![1]!);
    else {
      const text = token.replace(/&(amp|lt|gt|quot|#x27);/g, (_, name: string) => entities[name]!);
      for (const [at, part] of text.split('\n').entries()) {
        if (at > 0) lines.push([]);
        if (part !== '') lines.at(-1)!.push({ text: part, style: open.at(-1) ?? '' });
      }
    }
  }
  return lines;
}
