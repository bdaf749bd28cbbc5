// What the user points at: from the words of the command line to one of the target kinds. Names of existing files win
// over host names, a number is a process when one with that id exists.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { UsageError } from '../base/errors.ts';
import { type PprofAddress, parsePprofAddress } from './pprof-address.ts';

export type TargetSpec =
  | { readonly kind: 'url'; readonly address: PprofAddress }
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | { readonly kind: 'case'; readonly path: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | { readonly kind: 'stdin' }
  | NamedTarget;

/** A process named through what runs it; `resolveNamedTarget` turns it into a pid. */
export interface NamedTarget {
  readonly kind: 'named';
  readonly scheme: 'docker' | 'systemd' | 'pod';
  readonly name: string;
}

/** What parsing asks the machine. */
export interface TargetLookup {
  /** What stands at this path; undefined when nothing does. */
  fileKind(path: string): 'file' | 'directory' | 'case' | undefined;
  /** undefined where the system has no /proc to ask. */
  processExists(pid: number): boolean | undefined;
}

const forms =
  'Give a URL (http://localhost:6060), host:port, :6060, a pid, profile files or a directory, a case file, - for stdin, or -- CMD ARGS.';

/** Throws UsageError when the words name nothing, or several things that do not go together. */
export function parseTarget(
  words: readonly string[],
  stdinIsPiped: boolean,
  lookup: TargetLookup = systemLookup,
): TargetSpec {
  const dashes = words.indexOf('--');
  if (dashes >= 0) {
    const argv = words.slice(dashes + 1);
    if (dashes > 0)
      throw new UsageError(
        `both a target (\`${words[0]}\`) and a command after -- were given`,
        'Leave one of them out.',
      );
    if (argv.length === 0) throw new UsageError('no command after --', 'For example: leakline -- ./svc --port 8080');
    return { kind: 'command', argv };
  }
  const first = words[0];
  if (first === undefined) {
    if (stdinIsPiped) return { kind: 'stdin' };
    throw new UsageError('no target was given', forms);
  }
  if (words.length === 1) return parseOne(first, stdinIsPiped, lookup);
  const notFile = words.find((word) => lookup.fileKind(word) === undefined);
  if (notFile !== undefined) throw severalTargets(words, notFile);
  const caseFile = words.find((word) => lookup.fileKind(word) === 'case');
  if (caseFile !== undefined)
    throw new UsageError(`\`${caseFile}\` is a case file and stands beside other files`, 'Give one case file alone.');
  return { kind: 'files', paths: [...words] };
}

function parseOne(word: string, stdinIsPiped: boolean, lookup: TargetLookup): TargetSpec {
  if (word === '-') {
    if (stdinIsPiped) return { kind: 'stdin' };
    throw new UsageError(
      '- reads a profile from stdin, and nothing is piped in',
      'curl -s http://localhost:6060/debug/pprof/heap | leakline -',
    );
  }
  const kind = lookup.fileKind(word);
  if (kind === 'case') return { kind: 'case', path: word };
  if (kind !== undefined) return { kind: 'files', paths: [word] };
  const named = /^(docker|systemd|pod):(?!\/\/|\d+(\/|$))(.+)$/.exec(word);
  if (named !== null) return { kind: 'named', scheme: named[1] as NamedTarget['scheme'], name: named[3]! };
  if (/^\d+$/.test(word)) return parsePid(word, lookup);
  if (/^https?:\/\//i.test(word)) return { kind: 'url', address: parsePprofAddress(word) };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word))
    throw new UsageError(`\`${word.split('://')[0]}://\` is not a scheme that leakline reads`, forms);
  if (/(\.(pb|gz|pprof|prof|out|txt|log|leakline|zip)|\/)$/i.test(word) && !/:\d+/.test(word))
    throw new UsageError(
      `there is no file \`${word}\``,
      'Check the path; it is taken relative to the current directory.',
    );
  // host:port, :6060, [::1]:6060, user:pass@host:6060/prefix; a bare name only when it looks like a host.
  if (
    /^([^/\s]*@)?(\[[0-9a-f:.]+\]|[^/:\s@]*):\d{1,5}(\/.*)?$/i.test(word) ||
    /^(localhost|[\w-]+(\.[\w-]+)+)(\/.*)?$/.test(word)
  )
    return { kind: 'url', address: parsePprofAddress(word) };
  throw new UsageError(`\`${word}\` is no file here, no pid and no address`, `${nearMiss(word)}${forms}`);
}

function parsePid(word: string, lookup: TargetLookup): TargetSpec {
  const pid = Number(word);
  const exists = lookup.processExists(pid);
  if (exists === true) return { kind: 'pid', pid };
  const asPort = pid > 0 && pid < 65_536 ? ` If you mean the port, write :${word}.` : '';
  if (exists === undefined)
    throw new UsageError(
      `\`${word}\` would be a pid, and processes can be looked into on Linux only`,
      `Point at the service's pprof address instead, for example :6060.${asPort}`,
    );
  throw new UsageError(`there is no process ${word}`, `List candidates with \`pgrep -a NAME\`.${asPort}`);
}

function severalTargets(words: readonly string[], notFile: string): UsageError {
  if (words.length === 2 && words[0] === 'localhost' && /^\d+$/.test(words[1]!))
    return new UsageError('host and port are given as two words', `Write localhost:${words[1]}.`);
  return new UsageError(
    `several targets were given, and \`${notFile}\` is not a file`,
    'Several words must all be profile files or directories; a service, pid or case file stands alone.',
  );
}

function nearMiss(word: string): string {
  if (/^[\w-]+:[\w-]+$/.test(word))
    return 'docker:NAME, systemd:UNIT and pod:NS/NAME name a process through its runner. ';
  if (/^[\w-]+$/.test(word))
    return `For a process by name: leakline $(pgrep -o ${word}). To start a program: leakline -- ./${word}. `;
  return '';
}

const systemLookup: TargetLookup = {
  fileKind(path) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (stat.isDirectory()) return 'directory';
    if (path.endsWith('.leakline')) return 'case';
    return stat.isFile() && hasZipMagic(path) ? 'case' : 'file';
  },
  processExists(pid) {
    if (statSync('/proc/self', { throwIfNoEntry: false }) === undefined) return undefined;
    return statSync(`/proc/${pid}`, { throwIfNoEntry: false }) !== undefined;
  },
};

function hasZipMagic(path: string): boolean {
  const head = new Uint8Array(4);
  try {
    const file = openSync(path, 'r');
    try {
      if (readSync(file, head, 0, 4, 0) < 4) return false;
    } finally {
      closeSync(file);
    }
  } catch {
    return false; // unreadable: the reader of the file says why
  }
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}
