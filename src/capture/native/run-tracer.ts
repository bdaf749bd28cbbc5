// Runs a tracing tool (bpftrace, memleak) for a bounded time and hands back what it printed. The tool ends itself; should it
// not, it is interrupted (it then prints what it has and detaches), and killed as the last resort: probes belong to file
// descriptors of the process, so the kernel removes them with it. Should we be killed ourselves, its next line finds no
// reader and ends it (SIGPIPE); our script prints one each second. So no way out leaves a probe behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface TracerRun {
  readonly text: string;
  /** What it complained about, without the noise of every run. */
  readonly complaints: readonly string[];
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
}

export interface TracerOptions {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** What it reads on its standard input. */
  readonly input: string;
  readonly env?: Readonly<Record<string, string>>;
  /** From now until it is interrupted. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

const mostOutputBytes = 128 * 1024 * 1024;
const killAfterMs = 15_000;
/** Said in every run on kernels where it does no harm. */
const noise =
  /RLIMIT_MEMLOCK|BPFTRACE_MAP_KEYS_MAX|uprobe_events|failed to detach probe|different signs|signed operands|^\s*[~^]+\s*$/;

/** Throws what the system throws when the program cannot be started. */
export async function runTracer(options: TracerOptions): Promise<TracerRun> {
  const [program, ...args] = options.command;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches us, and we end it once and in order.
    detached: true,
    env: { ...process.env, ...options.env },
  });
  const kill = (): void => void child.kill('SIGKILL');
  const interrupt = (): void => void child.kill('SIGINT');
  process.once('exit', kill);
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    interrupt();
  }, options.limitMs);
  const hardLimit = setTimeout(kill, options.limitMs + killAfterMs);
  let afterAbort: NodeJS.Timeout | undefined;
  const aborted = (): void => {
    interrupt();
    afterAbort = setTimeout(kill, killAfterMs);
  };
  if (options.signal.aborted) aborted();
  options.signal.addEventListener('abort', aborted, { once: true });
  try {
    const output = collect(child.stdout, interrupt);
    const errors = collect(child.stderr, () => {});
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    const [code] = (await Promise.race([once(child, 'close'), failed])) as [number | null];
    return {
      text: output(),
      complaints: errors()
        .split('\n')
        .filter((line) => /error|warning|could not|cannot|fail/i.test(line) && !noise.test(line))
        .map((line) => line.replace(/^(stdin:\S+ )?(ERROR|WARNING): /, '').trim()),
      exitCode: code ?? undefined,
      timedOut,
    };
  } finally {
    clearTimeout(limit);
    clearTimeout(hardLimit);
    clearTimeout(afterAbort);
    options.signal.removeEventListener('abort', aborted);
    process.removeListener('exit', kill);
    if (child.exitCode === null && child.signalCode === null) kill();
  }
}

function collect(stream: NodeJS.ReadableStream, full: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes + chunk.length > mostOutputBytes) return full();
    bytes += chunk.length;
    chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
