// What is looked at, as the part of the URL behind `#`: `#/finding/ID?from=1&q=map`. All state that a reload, the back button
// or a shared link must keep stands here; it works from a file, too.

export interface Route {
  /** Id of a view; '' is the first one. */
  readonly view: string;
  /** What of the view is looked at: the id of a finding, the key of a group. */
  readonly item?: string;
  /** Search, time range, sorting: names are the view's own. Empty values are left out. */
  readonly query: Readonly<Record<string, string>>;
}

/** Never throws: what cannot be understood is the first view. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = splitOnce(hash.replace(/^#?\/?/, ''), '?');
  const [view = '', ...rest] = path.split('/').map(decoded);
  const query = Object.fromEntries([...new URLSearchParams(search)].filter(([, value]) => value !== ''));
  const item = rest.join('/');
  return item === '' ? { view, query } : { view, item, query };
}

export function formatRoute({ view, item, query }: Route): string {
  const path = [view, ...(item === undefined || item === '' ? [] : [item])].map(encodeURIComponent).join('/');
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
  return `#/${path}${search === '' ? '' : `?${search}`}`;
}

/** The same place with some values changed; undefined and '' take one away. */
export function withQuery(route: Route, change: Readonly<Record<string, string | undefined>>): Route {
  const query = Object.fromEntries(
    Object.entries({ ...route.query, ...change }).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  return { ...route, query };
}

function splitOnce(text: string, by: string): readonly [string, string] {
  const at = text.indexOf(by);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
