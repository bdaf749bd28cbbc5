// A piece of work that ends with a signal, or when its time is over. AbortSignal.any would do it in one line, and keep about a
// kilobyte for each call as long as the signal lives (Node 20): a recorder would leak by it.

/** `isLate` tells, also after it failed, whether its time was over. */
export async function withinTime<T>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal, isLate: () => boolean) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let late = false;
  const abort = (): void => controller.abort();
  const timer = setTimeout(() => {
    late = !signal.aborted;
    abort();
  }, ms);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await work(controller.signal, () => late);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
