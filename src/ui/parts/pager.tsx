// From one page of rows that the server gives to the next; where one is stands in the URL as `from`.
import { formatCount } from '../../base/format-count.ts';
import { withQuery } from '../route.ts';
import { useApp } from '../use-app.ts';

export interface PagerProps {
  readonly from: number;
  readonly rows: number;
  readonly of: number;
  readonly step: number;
}

export function Pager({ from, rows, of, step }: PagerProps) {
  const { route, go } = useApp();
  if (of <= step && from === 0) return <p class="faint">{of === 0 ? 'Nothing matches.' : `${formatCount(of)} rows`}</p>;
  const to = (next: number): void => go(withQuery(route, { from: next <= 0 ? undefined : String(next) }));
  return (
    <p class="pager">
      <button type="button" disabled={from <= 0} onClick={() => to(from - step)}>
        ← before
      </button>
      <span class="faint">
        {formatCount(from + 1)} to {formatCount(from + rows)} of {formatCount(of)}
      </span>
      <button type="button" disabled={from + rows >= of} onClick={() => to(from + step)}>
        next →
      </button>
    </p>
  );
}
