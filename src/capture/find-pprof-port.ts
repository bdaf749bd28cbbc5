// Which address of a process serves pprof: its listening sockets are the inodes of /proc/PID/fd that stand as LISTEN in
// /proc/PID/net/tcp{,6} (that file is of the process's own network namespace); each is then asked for /debug/pprof/.
// Source of the table's format: net/ipv4/tcp_ipv4.c get_tcp4_sock: addresses are hex words in host byte order.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { CaptureError } from '../base/errors.ts';
import { type PprofAddress, parsePprofAddress } from './pprof-address.ts';
import { createPprofClient, type PprofClientOptions } from './pprof-client.ts';
import { noSuchProcess } from './read-process.ts';

export interface ListeningSocket {
  /** As text: `127.0.0.1`, `0.0.0.0`, `::1`. */
  readonly host: string;
  readonly port: number;
  readonly inode: string;
}

export interface FoundPort {
  readonly address: PprofAddress;
  readonly listening: readonly ListeningSocket[];
}

/**
 * Throws CaptureError when the sockets may not be seen, none listens, none serves pprof, or the process lives in
 * another network that cannot be reached from here.
 */
export async function findPprofPort(
  pid: number,
  options: PprofClientOptions = {},
  signal?: AbortSignal,
): Promise<FoundPort> {
  const listening = await listeningSockets(pid);
  const elsewhere = await otherNetwork(pid);
  if (listening.length === 0)
    throw new CaptureError('E-CAPTURE-NO-PORT', `pid ${pid} listens on no TCP port`, {
      advice:
        'It serves no pprof yet: import _ "net/http/pprof" and call http.ListenAndServe("localhost:6060", nil). A profile file works too: leakline base.pb.gz now.pb.gz.',
    });
  const hostsElsewhere = elsewhere ? await containerAddresses(pid) : [];
  let refused: CaptureError | undefined;
  for (const socket of inLikelyOrder(listening)) {
    for (const host of elsewhere ? reachableFrom(hostsElsewhere, socket) : [dialHost(socket.host)]) {
      const address = parsePprofAddress(`${host}:${socket.port}`);
      const client = createPprofClient(address, { ...options, timeoutMs: 3000, retries: 0 });
      try {
        const endpoint = await client.open(signal);
        return {
          address: {
            ...address,
            origin: new URL(endpoint.baseUrl).origin,
            basePaths: [new URL(endpoint.baseUrl).pathname],
          },
          listening,
        };
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        if (signal?.aborted) throw error;
        if (error.code === 'E-CAPTURE-AUTH' || error.code === 'E-CAPTURE-TLS') refused = error;
      } finally {
        client.close();
      }
    }
  }
  const ports = [...new Set(listening.map((socket) => socket.port))].join(', ');
  if (elsewhere)
    throw new CaptureError(
      'E-CAPTURE-NETNS',
      `pid ${pid} lives in another network namespace (a container), and pprof was not reached from here (ports ${ports})`,
      {
        advice: `Enter its network: sudo nsenter -t ${pid} -n leakline ${pid}. Or publish the port (docker -p, kubectl port-forward).`,
      },
    );
  if (refused !== undefined) throw refused;
  throw new CaptureError('E-CAPTURE-404', `pid ${pid} listens on ${ports}, and none of these serves pprof`, {
    advice:
      'Import _ "net/http/pprof" and serve http.DefaultServeMux on a private port. If it stands under a prefix, give the URL: http://localhost:PORT/prefix.',
  });
}

/** Listening TCP sockets of one process; throws when the process is gone or its descriptors may not be read. */
export async function listeningSockets(pid: number): Promise<ListeningSocket[]> {
  let names: string[];
  try {
    names = await readdir(`/proc/${pid}/fd`);
  } catch (cause) {
    const denied = cause instanceof Error && 'code' in cause && (cause.code === 'EACCES' || cause.code === 'EPERM');
    throw denied
      ? new CaptureError(
          'E-CAPTURE-PERMISSION',
          `the open files of pid ${pid} may not be read: it belongs to another user`,
          {
            advice: `Run as that user or as root (sudo leakline ${pid}), or give the pprof address itself, e.g. :6060.`,
            cause,
          },
        )
      : noSuchProcess(pid);
  }
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
  );
  return tables.flatMap(parseSocketTable).filter((socket) => inodes.has(socket.inode));
}

/**
 * The process of this network namespace that listens on a port; undefined when none is found, or several are (workers
 * that share a socket), or the descriptors of its owner may not be read. A proxy or a forwarder is found as itself.
 */
export async function findServingProcess(port: number): Promise<number | undefined> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/self/net/${name}`, 'utf8').catch(() => '')),
  );
  const inodes = new Set(
    tables.flatMap(parseSocketTable).flatMap((socket) => (socket.port === port ? [`socket:[${socket.inode}]`] : [])),
  );
  if (inodes.size === 0) return undefined;
  const owners: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const descriptors = await readdir(`/proc/${name}/fd`).catch(() => [] as string[]);
    const links = await Promise.all(
      descriptors.map((descriptor) => readlink(`/proc/${name}/fd/${descriptor}`).catch(() => '')),
    );
    if (links.some((link) => inodes.has(link))) owners.push(Number(name));
  }
  return owners.length === 1 ? owners[0] : undefined;
}

/**
 * The rows in state LISTEN of a table such as
 *   `   0: 0100007F:17AC 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 …`
 */
export function parseSocketTable(text: string): ListeningSocket[] {
  const sockets: ListeningSocket[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ 0A (?:\S+ ){3}\s*\d+\s+\d+\s+(\d+)/i.exec(
      line.replace(/ +/g, ' '),
    );
    if (match === null) continue;
    sockets.push({ host: hostOfHex(match[1]!), port: Number.parseInt(match[2]!, 16), inode: match[3]! });
  }
  return sockets;
}

/** Each 32-bit word is printed in host byte order: on little-endian machines its bytes stand reversed. */
function hostOfHex(hex: string): string {
  const bytes = hex.match(/.{8}/g)!.flatMap((word) => word.match(/../g)!.reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[2 * index]}${bytes[2 * index + 1]}`);
  // The URL parser writes the short form of an IPv6 address.
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

function dialHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return host === '::' ? 'localhost' : '127.0.0.1';
  const mapped = /^::ffff:(\w+):(\w+)$/.exec(host);
  if (mapped !== null) {
    const value = Number.parseInt(mapped[1]!, 16) * 65_536 + Number.parseInt(mapped[2]!, 16);
    return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
  }
  return host.includes(':') ? `[${host}]` : host;
}

/** Ports that people give to pprof first, then loopback sockets: each probe is a request to the service. */
function inLikelyOrder(sockets: readonly ListeningSocket[]): ListeningSocket[] {
  const rank = (socket: ListeningSocket) =>
    (socket.port >= 6060 && socket.port <= 6069 ? 0 : 2) +
    (socket.host === '127.0.0.1' || socket.host === '::1' ? 0 : 1);
  return [...sockets].sort((a, b) => rank(a) - rank(b) || a.port - b.port);
}

async function otherNetwork(pid: number): Promise<boolean> {
  const [ours, theirs] = await Promise.all(
    ['self', String(pid)].map((name) => readlink(`/proc/${name}/ns/net`).catch(() => undefined)),
  );
  return ours !== undefined && theirs !== undefined && ours !== theirs;
}

/** Local IPv4 addresses of the process's network: the `/32 host LOCAL` entries of its routing trie. */
async function containerAddresses(pid: number): Promise<string[]> {
  const trie = await readFile(`/proc/${pid}/net/fib_trie`, 'utf8').catch(() => '');
  return parseLocalAddresses(trie);
}

/** `|-- 172.17.0.2` followed by a line `/32 host LOCAL`, without loopback. */
export function parseLocalAddresses(trie: string): string[] {
  const found = [...trie.matchAll(/\|-- ([\d.]+)\n\s*\/32 host LOCAL/g)].map((match) => match[1]!);
  return [...new Set(found)].filter((address) => !address.startsWith('127.'));
}

function reachableFrom(addresses: readonly string[], socket: ListeningSocket): readonly string[] {
  if (socket.host === '0.0.0.0' || socket.host === '::') return addresses;
  return addresses.includes(socket.host) ? [socket.host] : [];
}
