// `/metrics` of a recorder, on the loopback interface alone. It answers GET and HEAD of one path and takes no body.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KnownError, UsageError } from '../base/errors.ts';
import { metricsContentType } from './metrics-text.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface MetricsServer {
  /** `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  close(): void;
}

const hosts = ['127.0.0.1', 'localhost', '::1'];
const requestTimeoutMs = 5000;

/** `9464`, `:9464`, `127.0.0.1:0`, `[::1]:9464`; throws UsageError for anything else, and for another host than loopback. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:(?:\[([0-9a-f:]+)\]|([^:[\]]*)):)?(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? (match?.[2] || '127.0.0.1');
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new UsageError(`--listen ${text} is not an address`, 'Write 127.0.0.1:9464.');
  if (!hosts.includes(host))
    throw new UsageError(
      `--listen ${text}: only the loopback interface is served`,
      'Write 127.0.0.1:PORT, and let an agent on this machine collect it.',
    );
  return { host: host === 'localhost' ? '127.0.0.1' : host, port };
}

/** Throws KnownError when the port is taken or may not be used. `text` gives the answer; undefined: not yet. */
export async function serveMetrics(
  { host, port }: ListenAddress,
  text: () => string | undefined,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    response.setHeader('x-content-type-options', 'nosniff');
    // A page of another origin that found the port by its name must not read it.
    if (!hosts.includes(hostOf(request.headers.host))) response.writeHead(403).end();
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    else if (request.url?.split('?', 1)[0] !== '/metrics') response.writeHead(404).end('try /metrics\n');
    else {
      const body = text();
      if (body === undefined) response.writeHead(503).end('nothing was seen yet\n');
      else {
        response.writeHead(200, { 'content-type': metricsContentType });
        response.end(request.method === 'HEAD' ? undefined : body);
      }
    }
  });
  server.requestTimeout = requestTimeoutMs;
  server.headersTimeout = requestTimeoutMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new KnownError(
          'E-LISTEN',
          cause.code === 'EADDRINUSE'
            ? `${host}:${port} is in use by another program`
            : `cannot listen on ${host}:${port}: ${cause.message}`,
          { advice: 'Give another port with --listen, or 127.0.0.1:0 for any that is free.', cause },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/metrics`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const hostOf = (header: string | undefined): string => (header ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
