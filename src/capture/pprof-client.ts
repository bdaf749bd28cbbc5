// Talks to one net/http/pprof endpoint: finds its base path, fetches profiles, counts what that costs the target.
// Source of the endpoint's behaviour: net/http/pprof/pprof.go of Go 1.11 to 1.27 (gc=N for heap only, debug=1|2).
import http from 'node:http';
import https from 'node:https';
import type { CaptureCost } from '../model/artefact.ts';
import { type Clock, systemClock } from './clock.ts';
import { type HttpAnswer, HttpFailure, type HttpSettings, httpGet } from './http-get.ts';
import type { PprofAddress } from './pprof-address.ts';
import { explainFailure, explainNoPprof, explainStatus, type Refusal, redact } from './pprof-errors.ts';

export interface PprofClientOptions {
  /** Extra request headers, e.g. a bearer token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Do not check the server's certificate. */
  readonly insecure?: boolean;
  /** PEM of a certificate authority to trust besides the system's. */
  readonly ca?: string;
  /** One attempt of one request; default 30 s (a forced GC of a large heap takes seconds). */
  readonly timeoutMs?: number;
  /** Default 512 MiB. */
  readonly maxBodyBytes?: number;
  /** Further attempts after a cut connection or a 5xx; default 2. */
  readonly retries?: number;
  readonly clock?: Clock;
}

export interface FetchOptions {
  /** Query parameters, e.g. `{ gc: '1' }`. */
  readonly query?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** See HttpSettings.sink. */
  readonly sink?: (() => (chunk: Uint8Array) => void) | undefined;
  readonly timeoutMs?: number;
  readonly retries?: number;
}

export interface PprofEndpoint {
  /** URL of the index, ends with `/`, without credentials. */
  readonly baseUrl: string;
  /** Names that the index lists; undefined when there is no index (only single profiles are routed). */
  readonly profiles: ReadonlySet<string> | undefined;
}

export interface PprofClient {
  /** Without credentials. */
  readonly label: string;
  /** Finds the endpoint; throws CaptureError that says what stands there instead. Remembers the answer. */
  open(signal?: AbortSignal): Promise<PprofEndpoint>;
  /** A profile by its name (`heap`); throws CaptureError unless the answer is 200. `open` must have succeeded. */
  fetchProfile(name: string, options?: FetchOptions): Promise<HttpAnswer>;
  /** Any path of the same server (`/debug/vars`); gives undefined for another status than 200. */
  fetchPath(path: string, options?: FetchOptions): Promise<HttpAnswer | undefined>;
  /** Counted since the client was made. */
  cost(): CaptureCost;
  close(): void;
}

const mebibyte = 1 << 20;

export function createPprofClient(address: PprofAddress, options: PprofClientOptions = {}): PprofClient {
  const clock = options.clock ?? systemClock;
  // One connection that stays: it adds the same two goroutines to each capture, and behind a balancer of connections
  // it keeps to one process.
  const agents = {
    http: new http.Agent({ keepAlive: true, maxSockets: 1 }),
    https: new https.Agent({
      keepAlive: true,
      maxSockets: 1,
      rejectUnauthorized: options.insecure !== true,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    }),
  };
  const headers: Record<string, string> = { 'user-agent': 'leakline', ...options.headers };
  if (address.credentials !== undefined)
    headers['authorization'] = `Basic ${Buffer.from(address.credentials, 'utf8').toString('base64')}`;
  const secrets = [address.credentials, address.query === '' ? undefined : address.query];
  let requests = 0;
  let forcedGcs = 0;
  let bytesReceived = 0;
  let origin = address.origin;
  let endpoint: PprofEndpoint | undefined;

  async function get(path: string, fetchOptions: FetchOptions = {}): Promise<HttpAnswer> {
    const url = new URL(path, origin);
    for (const [name, value] of new URLSearchParams(address.query)) url.searchParams.append(name, value);
    for (const [name, value] of Object.entries(fetchOptions.query ?? {})) url.searchParams.set(name, value);
    const settings: HttpSettings = {
      headers,
      agent: url.protocol === 'https:' ? agents.https : agents.http,
      timeoutMs: fetchOptions.timeoutMs ?? options.timeoutMs ?? 30_000,
      maxBodyBytes: options.maxBodyBytes ?? 512 * mebibyte,
      retries: fetchOptions.retries ?? options.retries ?? 2,
      clock,
      signal: fetchOptions.signal,
      sink: fetchOptions.sink,
      onRequest: () => {
        requests += 1;
        // The leak profile runs a collection of its own.
        if (fetchOptions.query?.['gc'] === '1' || path.endsWith('/goroutineleak')) forcedGcs += 1;
      },
      onBytes: (count) => {
        bytesReceived += count;
      },
    };
    try {
      return await httpGet(url, settings);
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      throw explainFailure(error, redact(`${origin}${path}`, secrets), address.schemeGiven);
    }
  }

  async function find(signal: AbortSignal | undefined): Promise<PprofEndpoint> {
    const refusals: Refusal[] = [];
    for (const [index, path] of address.basePaths.entries()) {
      const answer = await get(path, { signal });
      if (index === 0 && wantsTls(answer) && !address.schemeGiven) {
        origin = origin.replace(/^http:/, 'https:');
        return find(signal);
      }
      const text = textHead(answer.body);
      const profiles = answer.status === 200 ? profilesOfIndex(text) : undefined;
      if (profiles !== undefined) return { baseUrl: `${origin}${path}`, profiles };
      if (answer.status === 401 || answer.status === 403 || (index === 0 && answer.status >= 500))
        throw explainStatus(answer, `${origin}${path}`, text);
      refusals.push({
        url: `${origin}${path}`,
        status: answer.status,
        isHtml: looksLikeHtml(answer, text),
        location: answer.headers.location,
      });
      // A router that knows single profiles only has no index.
      if (index === 0 || address.basePaths.length <= 4) {
        const heap = await get(`${path}heap`, { signal });
        if (heap.status === 200 && looksLikeProfile(heap.body))
          return { baseUrl: `${origin}${path}`, profiles: undefined };
        if (heap.status === 401 || heap.status === 403)
          throw explainStatus(heap, `${origin}${path}heap`, textHead(heap.body));
      }
    }
    throw explainNoPprof(address.label, refusals);
  }

  return {
    label: address.label,
    async open(signal) {
      endpoint ??= await find(signal);
      return endpoint;
    },
    async fetchProfile(name, fetchOptions) {
      if (endpoint === undefined) throw new Error('fetchProfile before open');
      const url = `${endpoint.baseUrl}${name}`;
      const answer = await get(new URL(url).pathname, fetchOptions);
      const text = answer.status === 200 && looksLikeProfile(answer.body) ? '' : textHead(answer.body);
      if (answer.status !== 200 || looksLikeHtml(answer, text)) throw explainStatus(answer, url, text);
      return answer;
    },
    async fetchPath(path, fetchOptions) {
      const answer = await get(path, fetchOptions);
      return answer.status === 200 ? answer : undefined;
    },
    cost: () => ({ requests, forcedGcs, bytesReceived }),
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** The names on net/http/pprof's index page; undefined when the text is another page. */
function profilesOfIndex(html: string): ReadonlySet<string> | undefined {
  if (!html.includes('/debug/pprof') && !html.includes('Types of profiles')) return undefined;
  const names = new Set<string>();
  for (const match of html.matchAll(/href=['"]?(?:[^'"?>]*\/)?([a-z_.-]+)\?debug=[12]['"]?/gi))
    names.add(match[1]!.toLowerCase());
  return names.has('heap') || names.has('goroutine') ? names : undefined;
}

/** Go answers plain HTTP on a TLS port with this text (net/http/server.go). */
function wantsTls(answer: HttpAnswer): boolean {
  return answer.status === 400 && textHead(answer.body).includes('HTTP request to an HTTPS server');
}

function looksLikeProfile(body: Uint8Array): boolean {
  if (body.length === 0) return true; // streamed to a sink
  if (body[0] === 0x1f && body[1] === 0x8b) return true;
  // Raw protobuf of a profile starts with sample_type (field 1), Go writes it first.
  return body[0] === 0x0a || textHead(body.subarray(0, 32)).startsWith('heap profile:');
}

function looksLikeHtml(answer: HttpAnswer, text: string): boolean {
  return /^\s*<(!doctype|html|head|body)/i.test(text) || /^text\/html/i.test(answer.headers['content-type'] ?? '');
}

function textHead(body: Uint8Array): string {
  return new TextDecoder('utf-8').decode(body.subarray(0, 64 * 1024));
}
