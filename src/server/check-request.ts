// May this request be answered? Pages of other origins must not read what leakline shows, and neither may other users of the
// machine: the token that the opened address carries becomes a cookie; a name that is not the loopback's (DNS rebinding),
// a request that a foreign page makes, and everything but GET are refused. Pure.
import { createHash, timingSafeEqual } from 'node:crypto';

export interface RequestHead {
  readonly method: string;
  /** As it stands in the request line. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface Guard {
  readonly port: number;
  readonly token: string;
}

export type Checked =
  | {
      readonly kind: 'allowed';
      readonly path: string;
      readonly query: URLSearchParams;
      /** The token came in the address: the browser is to keep it. */
      readonly setCookie: string | undefined;
    }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly message: string };

export const tokenHeader = 'x-leakline-token';

export function checkRequest({ method, url, headers }: RequestHead, { port, token }: Guard): Checked {
  const refused = (status: number, code: string, message: string): Checked => ({
    kind: 'refused',
    status,
    code,
    message,
  });
  const host = one(headers['host'])?.toLowerCase();
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`)
    return refused(421, 'E-HOST', 'this server answers only under 127.0.0.1 and localhost');
  if (method !== 'GET' && method !== 'HEAD')
    return refused(405, 'E-METHOD', `${method} is not possible here: everything can only be read`);
  if (Number(one(headers['content-length']) ?? 0) > 0 || headers['transfer-encoding'] !== undefined)
    return refused(413, 'E-BODY', 'requests must not have a body');
  const parsed = urlOf(url, port);
  if (parsed === undefined) return refused(400, 'E-ADDRESS', 'the address cannot be read');
  // Ports of one host are one site to a cookie: what another page on this machine makes a browser send is told by this.
  const site = one(headers['sec-fetch-site']);
  const opened = parsed.pathname === '/' && one(headers['sec-fetch-mode']) === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !opened)
    return refused(403, 'E-ORIGIN', 'pages of other origins may not read this');
  const offered = parsed.pathname === '/' ? parsed.searchParams.get('token') : null;
  const cookie = `leakline-${port}`;
  const byAddress = offered !== null && isSame(offered, token);
  const known =
    byAddress ||
    isSame(one(headers[tokenHeader]) ?? '', token) ||
    isSame(cookieOf(one(headers['cookie']), cookie), token);
  if (!known)
    return refused(403, 'E-TOKEN', 'open the address that leakline printed, with its token; each start has a new one');
  return {
    kind: 'allowed',
    path: parsed.pathname,
    query: parsed.searchParams,
    setCookie: byAddress ? `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/` : undefined,
  };
}

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

/** Only an origin form is an address here: `//evil/` or `http://evil/` must not be taken for another host's. */
function urlOf(url: string, port: number): URL | undefined {
  if (!url.startsWith('/') || url.startsWith('//')) return undefined;
  try {
    return new URL(url, `http://127.0.0.1:${port}`);
  } catch {
    return undefined;
  }
}

function cookieOf(header: string | undefined, name: string): string {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return '';
}

/** Takes as long for a wrong token as for the right one. */
function isSame(offered: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(token));
}
