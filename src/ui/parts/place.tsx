// A place in the source, short, with the whole of it on hover.
import { functionText, placeText } from '../../report/place.ts';

export interface PlaceProps {
  readonly function?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

export function Place({ function: name, file = '', line = 0 }: PlaceProps) {
  return (
    <span class="place" title={`${name ?? ''}\n${file}:${line}`.trim()}>
      {name === undefined ? undefined : <code class="function">{functionText(name)}</code>}{' '}
      {file === '' ? undefined : <code class="faint">{placeText({ file: lastParts(file), line }, '')}</code>}
    </span>
  );
}

/** Deep paths keep the three parts that tell files apart. */
function lastParts(file: string): string {
  const parts = file.split('/');
  return parts.length <= 4 ? file : `…/${parts.slice(-3).join('/')}`;
}
