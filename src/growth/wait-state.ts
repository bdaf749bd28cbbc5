// What a goroutine waits for, read from the runtime and library frames on top of its stack; profiles in protobuf have no
// wait reason. Names are Go's own (runtime/runtime2.go, waitReasonStrings).
import type { Frame } from '../model/stacks.ts';

const patterns: readonly (readonly [RegExp, string])[] = [
  [/^runtime\.chansend1?$/, 'chan send'],
  [/^runtime\.chanrecv[12]?$/, 'chan receive'],
  [/^runtime\.selectgo$/, 'select'],
  [/^runtime\.block$/, 'select (no cases)'],
  [/^sync\.(\(\*Mutex\)|runtime_SemacquireMutex)/, 'sync.Mutex.Lock'],
  [/^internal\/sync\.(\(\*Mutex\)|runtime_SemacquireMutex)/, 'sync.Mutex.Lock'],
  [/^sync\.(\(\*RWMutex\)\.RLock|runtime_SemacquireRWMutexR(Lock)?)$/, 'sync.RWMutex.RLock'],
  [/^sync\.(\(\*RWMutex\)\.Lock|runtime_SemacquireRWMutex)$/, 'sync.RWMutex.Lock'],
  [/^sync\.(\(\*WaitGroup\)\.Wait|runtime_SemacquireWaitGroup)$/, 'sync.WaitGroup.Wait'],
  [/^sync\.(\(\*Cond\)\.Wait|runtime_notifyListWait)$/, 'sync.Cond.Wait'],
  [/^(internal\/poll\.runtime_pollWait|runtime\.netpollblock)$/, 'IO wait'],
  [/^(time\.Sleep|runtime\.timeSleep)$/, 'sleep'],
  [/^(runtime\.cgocall|_cgo_)/, 'syscall'],
  [
    /^(syscall|internal\/runtime\/syscall|golang\.org\/x\/sys\/unix)\.(Syscall6?|RawSyscall6?|syscall|rawVforkSyscall)$/,
    'syscall',
  ],
  [/^runtime\.(runfinq|runFinalizers|runCleanups)$/, 'finalizer wait'],
];

/** Frames leaf first. `RWMutex` locks its inner Mutex, so the outermost match among library frames decides. */
export function waitStateOf(stack: readonly Frame[]): string {
  let state: string | undefined;
  for (const frame of stack) {
    const match = patterns.find(([pattern]) => pattern.test(frame.functionName));
    if (match !== undefined) {
      state = match[1];
      continue;
    }
    // The first frame that is neither the runtime's nor a primitive's ends the search.
    if (!/^(runtime|internal\/(runtime|poll|sync)|sync|time|syscall)\b/.test(frame.functionName)) break;
  }
  return state ?? 'running';
}
