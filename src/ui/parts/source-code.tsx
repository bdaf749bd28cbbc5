// Lines of a source file with those that the finding names marked by their role.
import { useMemo } from 'preact/hooks';
import { highlightGo } from './highlight.ts';

export interface SourceCodeProps {
  readonly firstLine: number;
  readonly lines: readonly string[];
  /** Roles by line number. */
  readonly marked: ReadonlyMap<number, readonly string[]>;
}

export function SourceCode({ firstLine, lines, marked }: SourceCodeProps) {
  const coloured = useMemo(() => highlightGo(lines.join('\n')), [lines]);
  return (
    <pre class="source">
      {coloured.map((pieces, at) => {
        const line = firstLine + at;
        const roles = marked.get(line);
        return (
          <div key={line} class={roles === undefined ? 'line' : `line guilty guilty-${roles[0]}`}>
            <span class="line-number">{line}</span>
            <code>
              {pieces.map(({ text, style }, piece) => (
                <span key={piece} class={style === '' ? undefined : style}>
                  {text}
                </span>
              ))}
            </code>
            {roles === undefined ? undefined : <span class="role">◀ {roles.join(', ')}</span>}
          </div>
        );
      })}
    </pre>
  );
}
