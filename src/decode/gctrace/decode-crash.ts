// How a Go program ended, when its log says so and memory, stacks or threads were the reason. The goroutines behind such a
// message are the business of goroutine-dump.
//   runtime: out of memory: cannot allocate 4194304-byte block (123 in use)     runtime/mheap.go (*mheap).grow
//   fatal error: runtime: out of memory | runtime: cannot allocate memory       runtime/mem_linux.go, malloc.go
//   runtime: goroutine stack exceeds 1000000000-byte limit                      runtime/stack.go newstack
//   fatal error: stack overflow
//   runtime: program exceeds 10000-thread limit; fatal error: thread exhaustion runtime/proc.go checkmcount
//   runtime: failed to create new OS thread (have 5 already; errno=11)          runtime/os_linux.go newosproc
//   fatal error: all goroutines are asleep - deadlock!                          runtime/proc.go checkdead
//   SIGQUIT: quit                                                               runtime/signal_unix.go sighandler
// Go 1.11 to 1.27. A program that the OOM killer ended says nothing at all: SIGKILL cannot be caught.

export type CrashKind =
  | 'out-of-memory'
  | 'stack-overflow'
  | 'thread-exhaustion'
  | 'cannot-create-thread'
  | 'deadlock'
  | 'sigquit'
  | 'other-fatal';

export interface GoCrash {
  readonly kind: CrashKind;
  /** The runtime's words, without its prefix of the log. */
  readonly message: string;
  /** Counted from 0. */
  readonly line: number;
  /** Of the block that could not be allocated. */
  readonly askedBytes: number | undefined;
  /** Heap in use then. */
  readonly inUseBytes: number | undefined;
  /** Of a goroutine's stack, or of threads. */
  readonly limit: number | undefined;
  readonly threads: number | undefined;
  /** errno of the failed clone: 11 is a limit of processes or of the pids cgroup, 12 is memory. */
  readonly errno: number | undefined;
}

const mostCrashes = 1000;
const anywhere =
  /(?:^|[\s"|:])((runtime: out of memory: cannot allocate (\d{1,15})-byte block \((\d{1,15}) in use\))|(runtime: goroutine stack exceeds (\d{1,15})-byte limit)|(runtime: program exceeds (\d{1,9})-thread limit)|(runtime: failed to create new OS thread \(have (\d{1,9}) already; errno=(\d{1,4})\))|(fatal error: ([^"\\]{1,200}))|(SIGQUIT: quit))/;

/** In the order of the text; a `fatal error` that only repeats the message before it is not a second crash. */
export function decodeCrashes(text: string): readonly GoCrash[] {
  const crashes: GoCrash[] = [];
  let number = 0;
  for (let from = 0; from <= text.length && crashes.length < mostCrashes; number++) {
    const to = text.indexOf('\n', from);
    const end = to < 0 ? text.length : to;
    const line = text.slice(from, Math.min(end, from + 4096));
    from = end + 1;
    if (!/runtime: |fatal error: |SIGQUIT: /.test(line)) continue;
    const match = anywhere.exec(line);
    if (match === null) continue;
    const crash = crashOf(match, number);
    const before = crashes.at(-1);
    // The runtime prints its figures first and then throws: two lines, some lines of stack bounds between them.
    if (match[12] !== undefined && before !== undefined && before.kind === crash.kind && number - before.line <= 6)
      continue;
    crashes.push(crash);
  }
  return crashes;
}

function crashOf(match: RegExpExecArray, line: number): GoCrash {
  const number = (group: number): number | undefined => (match[group] === undefined ? undefined : Number(match[group]));
  return {
    kind: kindOf(match),
    message: match[1]!.trimEnd(),
    line,
    askedBytes: number(3),
    inUseBytes: number(4),
    limit: number(6) ?? number(8),
    threads: number(10),
    errno: number(11),
  };
}

function kindOf(match: RegExpExecArray): CrashKind {
  if (match[2] !== undefined) return 'out-of-memory';
  if (match[5] !== undefined) return 'stack-overflow';
  if (match[7] !== undefined) return 'thread-exhaustion';
  if (match[9] !== undefined) return 'cannot-create-thread';
  if (match[14] !== undefined) return 'sigquit';
  const why = match[13]!;
  if (/out of memory|cannot allocate memory|address space limit/.test(why)) return 'out-of-memory';
  if (why.startsWith('stack overflow')) return 'stack-overflow';
  if (why.startsWith('thread exhaustion')) return 'thread-exhaustion';
  if (/newosproc/.test(why)) return 'cannot-create-thread';
  if (why.startsWith('all goroutines are asleep')) return 'deadlock';
  return 'other-fatal';
}
