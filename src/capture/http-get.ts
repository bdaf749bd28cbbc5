// One bounded GET over node:http or node:https: from a URL to status, headers and body, with a deadline, a size limit,
// same-host redirects and retries of what may pass by itself. Built on node:http, not fetch: fetch cannot skip
// certificate checks or keep to one connection without another package.
import http from 'node:http';
import https from 'node:https';
import { createGunzip } from 'node:zlib';
import type { Clock } from './clock.ts';

export interface HttpSettings {
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: http.Agent | https.Agent;
  /** For one attempt, from connecting to the last byte. */
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  /** Further attempts after a transient failure. */
  readonly retries: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Takes the body chunk by chunk instead of keeping it; restarted for each attempt. */
  readonly sink?: (() => (chunk: Uint8Array) => void) | undefined;
  /** Called when an attempt is started, for counting. */
  readonly onRequest?: () => void;
  readonly onBytes?: (count: number) => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Empty when a sink took it. */
  readonly body: Uint8Array;
  readonly bodyBytes: number;
  /** Of the attempt that worked. */
  readonly elapsedMs: number;
}

export type HttpFailureKind =
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'name'
  | 'unreachable'
  | 'tls'
  | 'too-big'
  | 'aborted'
  | 'protocol';

/** A request that got no whole answer; the pprof client turns it into a message. */
export class HttpFailure extends Error {
  readonly kind: HttpFailureKind;
  constructor(kind: HttpFailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HttpFailure';
    this.kind = kind;
  }
}

const transientStatus = new Set([429, 500, 502, 503, 504]);
const retryDelaysMs = [150, 500, 1500];
const maxRedirects = 3;

/** Gives any final status, also 404 and 500; throws HttpFailure when there is no answer. */
export async function httpGet(url: URL, settings: HttpSettings): Promise<HttpAnswer> {
  let target = url;
  let redirects = 0;
  for (let attempt = 0; ; attempt += 1) {
    const last = attempt >= settings.retries;
    try {
      const answer = await getOnce(target, settings);
      const next = redirectOf(answer, target);
      if (next !== undefined && redirects < maxRedirects) {
        redirects += 1;
        attempt -= 1;
        target = next;
        continue;
      }
      if (last || !transientStatus.has(answer.status)) return answer;
    } catch (error) {
      if (last || !(error instanceof HttpFailure) || error.kind !== 'reset') throw error;
    }
    await settings.clock.wait(retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)]!, settings.signal);
  }
}

/** Only to the same host and port: credentials and headers must not leave to another. */
function redirectOf(answer: HttpAnswer, from: URL): URL | undefined {
  const location = answer.headers.location;
  if (answer.status < 301 || answer.status > 308 || location === undefined || !URL.canParse(location, from.href))
    return undefined;
  const next = new URL(location, from);
  return next.origin === from.origin ? next : undefined;
}

function getOnce(url: URL, settings: HttpSettings): Promise<HttpAnswer> {
  const { clock, signal } = settings;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new HttpFailure('aborted', 'ended early'));
      return;
    }
    const startMs = clock.monotonicMs();
    settings.onRequest?.();
    const request = (url.protocol === 'https:' ? https : http).get(url, {
      agent: settings.agent,
      // No compression on the way: it would be CPU of the target, and pprof's protobuf is gzip already.
      headers: { 'accept-encoding': 'identity', ...settings.headers },
    });
    const fail = (failure: HttpFailure) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      request.destroy();
      reject(failure);
    };
    const timer = setTimeout(
      () => fail(new HttpFailure('timeout', `no whole answer within ${settings.timeoutMs / 1000} s`)),
      settings.timeoutMs,
    );
    const abort = () => fail(new HttpFailure('aborted', 'ended early'));
    signal?.addEventListener('abort', abort, { once: true });
    request.on('error', (error) => fail(failureOf(error)));
    request.on('response', (response) => {
      const packed = response.headers['content-encoding'] === 'gzip';
      const sink = settings.sink?.();
      const chunks: Uint8Array[] = [];
      let bodyBytes = 0;
      const source = packed ? response.pipe(createGunzip()) : response;
      response.on('data', (chunk: Uint8Array) => settings.onBytes?.(chunk.length));
      response.on('error', (error) => fail(failureOf(error)));
      response.on('aborted', () =>
        fail(new HttpFailure('reset', 'the connection was cut in the middle of the answer')),
      );
      source.on('error', (error) => fail(new HttpFailure('protocol', error.message, error)));
      source.on('data', (chunk: Uint8Array) => {
        bodyBytes += chunk.length;
        if (bodyBytes > settings.maxBodyBytes) {
          fail(new HttpFailure('too-big', `the answer is larger than ${settings.maxBodyBytes} bytes`));
          return;
        }
        if (sink === undefined) chunks.push(chunk);
        else sink(chunk);
      });
      source.on('end', () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: joinChunks(chunks),
          bodyBytes,
          elapsedMs: clock.monotonicMs() - startMs,
        });
      });
    });
  });
}

/** A copy in its own buffer: node's chunks may be views into a shared pool. */
function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

function failureOf(error: Error): HttpFailure {
  const code = codeOf(error);
  return new HttpFailure(kindOfCode(code, error.message), error.message || code, error);
}

/** With several addresses of one name node gives an AggregateError whose parts have the codes. */
function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return codeOf(error.errors[0]);
  return '';
}

function kindOfCode(code: string, message: string): HttpFailureKind {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED' || code === 'EAI_AGAIN') {
    // A TLS handshake against a plain port also ends as a reset.
    return /before secure TLS connection/i.test(message) ? 'tls' : 'reset';
  }
  if (code === 'ETIMEDOUT') return 'timeout';
  if (code === 'ENOTFOUND') return 'name';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'EADDRNOTAVAIL') return 'unreachable';
  if (/^(ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_|HOSTNAME_)/.test(code) || code === 'EPROTO')
    return 'tls';
  return 'protocol';
}
