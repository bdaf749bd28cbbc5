// Where a pprof endpoint may be, from what the user typed: `http://host:6060/svc`, `host:6060`, `:6060`, or a pasted
// `…/debug/pprof/heap?debug=1`. Credentials and unknown query parameters (tokens) travel in the requests, never in labels.
import { UsageError } from '../base/errors.ts';

export interface PprofAddress {
  /** `http://host:port`, without path and credentials. */
  readonly origin: string;
  /** Base paths to try in this order, each ends with `/`. */
  readonly basePaths: readonly string[];
  /** How messages name it: the origin and what the user gave of the path. */
  readonly label: string;
  /** `user:password` as given in the URL, decoded; undefined when there is none. */
  readonly credentials: string | undefined;
  /** Query parameters to add to each request, `a=b&c=d`; '' when there are none. */
  readonly query: string;
  /** True when the user named the scheme: then the other one is not tried. */
  readonly schemeGiven: boolean;
}

/** Where frameworks and house rules put the endpoint when it is not at net/http/pprof's own path. */
const otherPaths = [
  '/pprof/',
  '/_debug/pprof/',
  '/internal/debug/pprof/',
  '/admin/debug/pprof/',
  '/-/debug/pprof/',
  '/api/debug/pprof/',
];
const ownPath = '/debug/pprof/';
const pprofParameters = new Set(['debug', 'gc', 'seconds']);
const profileNames =
  /^(heap|allocs|goroutine|goroutineleak|threadcreate|block|mutex|profile|trace|cmdline|symbol|index\.html)$/;

/** Reads any URL form; `text` without scheme is taken as http. Throws UsageError when it is no address. */
export function parsePprofAddress(text: string): PprofAddress {
  const schemeGiven = /^https?:\/\//i.test(text);
  const spelled = schemeGiven ? text : `http://${text.startsWith(':') ? 'localhost' : ''}${text}`;
  let url: URL;
  try {
    url = new URL(spelled);
  } catch (cause) {
    // The text may hold a password: show it without what stands before the @.
    throw new UsageError(
      `\`${text.replace(/\/\/[^/]*@/, '//')}\` is not an address that can be read${cause instanceof Error && /port/i.test(cause.message) ? ' (bad port)' : ''}`,
      'Write host:port, :6060 or http://host:6060/prefix; an IPv6 address in brackets, as in http://[::1]:6060.',
    );
  }
  const prefix = prefixOf(url.pathname);
  const query = [...url.searchParams].filter(([name]) => !pprofParameters.has(name));
  const credentials =
    url.username === '' && url.password === ''
      ? undefined
      : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    origin: url.origin,
    basePaths: prefix.exact === undefined ? candidatesUnder(prefix.prefix) : [prefix.exact],
    label: `${url.origin}${prefix.exact === undefined ? prefix.prefix : prefix.exact.replace(/\/$/, '')}`,
    credentials,
    query: new URLSearchParams(query).toString(),
    schemeGiven,
  };
}

/** A path that names the endpoint itself gives `exact`; any other path is a prefix before it, without a last slash. */
function prefixOf(path: string): { readonly prefix: string; readonly exact: string | undefined } {
  const trimmed = path.replace(/\/+$/, '');
  const named = /^(.*\/pprof)(\/.*)?$/.exec(trimmed);
  if (named !== null) return { prefix: '', exact: `${named[1]}/` };
  // A profile pasted from an unusual mount: /stats/heap
  const slash = trimmed.lastIndexOf('/');
  if (slash >= 0 && profileNames.test(trimmed.slice(slash + 1)))
    return { prefix: '', exact: `${trimmed.slice(0, slash)}/` };
  return { prefix: trimmed, exact: undefined };
}

function candidatesUnder(prefix: string): string[] {
  if (prefix === '') return [ownPath, ...otherPaths];
  return [`${prefix}${ownPath}`, `${prefix}/pprof/`, `${prefix}/`, ownPath];
}
