// The local server of the pages: node:http on the loopback, read only. What may be answered is decided by check-request.ts.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KnownError } from '../base/errors.ts';
import { checkRequest } from './check-request.ts';
import { BadQuery, queryOf } from './query.ts';
import type { Page } from './read-pages.ts';
import { type ApiRoute, apiRoutes } from './routes.ts';
import type { OpenServed } from './served.ts';

export interface ServeOptions {
  readonly open: OpenServed;
  readonly pages: ReadonlyMap<string, Page>;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Random, new for each start. */
  readonly token: string;
  /** Called with what should not have happened; the request is answered with 500. */
  readonly onBug: (error: unknown) => void;
}

export interface RunningServer {
  readonly port: number;
  /** What to open; holds the token. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const headers: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

const mostHeaderBytes = 16 * 1024;
const mostConnections = 100;

/** Throws KnownError when the port cannot be had. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const routes = new Map(apiRoutes.map((route) => [`/${route.path}`, route]));
  const server = createServer({ maxHeaderSize: mostHeaderBytes, headersTimeout: 10_000, requestTimeout: 30_000 });
  server.maxConnections = mostConnections;
  const port = await listen(server, options.port);
  const { token, pages, open, onBug } = options;
  server.on('request', (request, response) => {
    const checked = checkRequest(
      { method: request.method ?? '', url: request.url ?? '', headers: request.headers },
      { port, token },
    );
    if (checked.kind === 'refused') {
      if (checked.status === 405) response.setHeader('allow', 'GET, HEAD');
      // A body that nobody reads must not keep the connection.
      response.setHeader('connection', 'close');
      return sendJson(response, checked.status, { code: checked.code, message: checked.message });
    }
    if (checked.setCookie !== undefined) response.setHeader('set-cookie', checked.setCookie);
    const page = pages.get(checked.path);
    if (page !== undefined) return send(response, 200, page.type, page.bytes);
    const route = routes.get(checked.path);
    if (route === undefined)
      return sendJson(response, 404, { code: 'E-NOT-FOUND', message: `there is nothing at ${checked.path}` });
    void answer(route, open, checked.query).then(
      (value) => sendJson(response, 200, value),
      (error: unknown) => {
        if (error instanceof KnownError) {
          const { code, message, advice } = error;
          return sendJson(response, error instanceof BadQuery ? 400 : 422, { code, message, advice });
        }
        onBug(error);
        sendJson(response, 500, { code: 'E-BUG', message: 'leakline has a bug; the terminal says more' });
      },
    );
  });
  return {
    port,
    url: `http://127.0.0.1:${port}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Before something that takes long: throws the same KnownError as `serve` when the port cannot be had. */
export async function expectFreePort(port: number): Promise<void> {
  if (port === 0) return;
  const server = createServer();
  await listen(server, port);
  await new Promise((resolve) => server.close(resolve));
}

/** Asynchronous in all that it throws. */
const answer = async (route: ApiRoute, open: OpenServed, parameters: URLSearchParams): Promise<unknown> => {
  const query = queryOf(parameters);
  return route.answer(await open(query.text('case')), query);
};

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'EADDRINUSE'
          ? `port ${port} is in use`
          : cause.code === 'EACCES'
            ? `port ${port} needs more rights`
            : `cannot listen on 127.0.0.1:${port}: ${cause.message}`;
      reject(
        new KnownError('E-PORT', why, {
          advice: 'Leave --port out: a free one is chosen.',
          cause,
        }),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json; charset=utf-8', Buffer.from(JSON.stringify(value)));
}

function send(response: ServerResponse, status: number, type: string, bytes: Uint8Array): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': bytes.length });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}
