// `TID STATE WCHAN COMM` a line, as capture writes it from /proc/PID/task → ThreadState rows. WCHAN `0` is none.
import { DecodeError } from '../../base/errors.ts';
import type { ThreadState } from '../../model/process-setup.ts';

const mostThreads = 100_000;

/** Throws DecodeError at the first line that is no thread. */
export function decodeThreadList(text: string): readonly ThreadState[] {
  const threads: ThreadState[] = [];
  let offset = 0;
  for (const line of text.split('\n')) {
    if (line !== '') {
      const match = /^(\d{1,10}) (\S) (\S{1,200}) (.{0,64})$/.exec(line);
      if (match === null || threads.length >= mostThreads)
        throw new DecodeError('thread-list', offset, 'a line `TID STATE WCHAN COMM`');
      const [, tid, state, waitsIn, comm] = match;
      threads.push({ tid: Number(tid), state: state!, waitsIn: waitsIn === '0' ? undefined : waitsIn!, comm: comm! });
    }
    offset += line.length + 1;
  }
  return threads;
}
