// Goroutines of libraries that stay behind by design, end by themselves later, and fail no gate. docs/ci.md shows this
// list. A goroutine that is in use is none of them: a connection whose response body was not closed waits elsewhere.
import type { Frame } from '../model/stacks.ts';

export interface IdleKind {
  readonly id: string;
  readonly what: string;
  readonly matches: (frames: readonly Frame[]) => boolean;
}

const has = (frames: readonly Frame[], pattern: RegExp): boolean =>
  frames.some((frame) => pattern.test(frame.functionName));
const entryIs = (frames: readonly Frame[], pattern: RegExp): boolean =>
  pattern.test(frames.filter((frame) => frame.functionName !== 'runtime.goexit').at(-1)?.functionName ?? '');

export const idleKinds: readonly IdleKind[] = [
  {
    id: 'http-idle-connection',
    what: 'idle keep-alive connection of an HTTP client, which its transport closes after its idle time',
    // The writer of a connection that is in use looks the same: its reader tells, which then waits in a select.
    matches: (frames) =>
      has(frames, /^net\/http\.\(\*persistConn\)\.writeLoop$/) ||
      (has(frames, /^net\/http\.\(\*persistConn\)\.readLoop$/) && has(frames, /^bufio\.\(\*Reader\)\.Peek$/)) ||
      has(
        frames,
        /^(net\/http\.\(\*http2|(golang\.org\/x\/net|net\/http\/internal)\/http2\.\(\*)clientConnReadLoop\)\.run$/,
      ),
  },
  {
    id: 'http-idle-server-connection',
    what: 'connection of an HTTP server that waits for the next request of a client',
    matches: (frames) =>
      has(frames, /^net\/http\.\(\*conn\)\.serve$/) &&
      has(frames, /^(net\/http\.\(\*conn\)\.readRequest|bufio\.\(\*Reader\)\.Peek|net\/http\.readRequest)$/),
  },
  {
    id: 'sql-opener',
    what: 'opener of connections that each sql.DB has',
    matches: (frames) => entryIs(frames, /^database\/sql\.\(\*DB\)\.connection(Opener|Resetter|Cleaner)$/),
  },
  {
    id: 'signal-loop',
    what: 'package os/signal waiting for signals, started once',
    matches: (frames) =>
      entryIs(frames, /^(os\/signal\.loop|os\/signal\.init\.0\.func1\.1|runtime\.ensureSigM\.func1)$/),
  },
  {
    id: 'name-lookup',
    what: 'a name lookup in C code, which cannot be interrupted and ends by itself',
    matches: (frames) => has(frames, /^net\.(_C2func_getaddrinfo|_C_getaddrinfo|cgoLookup\w+|doBlockingWithCtx.*)$/),
  },
  {
    id: 'testing',
    what: "package testing's own",
    matches: (frames) => entryIs(frames, /^testing\.(?!tRunner$|fRunner$)/),
  },
  { id: 'runtime', what: "the runtime's own", matches: (frames) => entryIs(frames, /^runtime(\/\w+)*\./) },
];

export function idleKindOf(frames: readonly Frame[]): IdleKind | undefined {
  return idleKinds.find((kind) => kind.matches(frames));
}
