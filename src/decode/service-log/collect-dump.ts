// One traceback of all goroutines (SIGQUIT, a fatal error, runtime.Stack(all), goroutine?debug=2), line by line out of a
// log: where it ends is known only from what follows. Source: runtime/traceback.go, Go 1.11 to 1.27.
import { type GoroutineHeader, parseHeader } from '../goroutine-dump/parse-header.ts';

export interface CollectedDump {
  readonly text: string;
  readonly goroutines: number;
  /** Text was left out for its length. */
  readonly cut: boolean;
}

export interface DumpCollector {
  /**
   *   part   the line belongs to the dump
   *   stray  it does not, and the dump may go on behind it
   *   next   it is the first line of another dump; this one is over
   *   over   this dump is over, and the line is no part of any
   */
  push(line: string): 'part' | 'stray' | 'next' | 'over';
  finish(): CollectedDump;
}

/** Of a log that other threads write to meanwhile. */
const mostStrayLines = 20;
const mostDumpBytes = 64 << 20;

/** `first` is a header line. */
export function createDumpCollector(first: string): DumpCollector {
  const lines = [first];
  const ids = new Set<number>();
  let bytes = first.length;
  let stray = 0;
  let cut = false;
  const firstHeader = parseHeader(first);
  if (firstHeader !== undefined) ids.add(firstHeader.id);
  const add = (line: string): void => {
    bytes += line.length + 1;
    if (bytes > mostDumpBytes) cut = true;
    else lines.push(line);
  };
  const isNext = (header: GoroutineHeader): boolean =>
    // Each goroutine is listed once, and only the one that dumps is running: then something was written between.
    ids.has(header.id) || (stray > 0 && header.state === 'running');
  return {
    push(line) {
      const header = line.startsWith('goroutine ') ? parseHeader(line) : undefined;
      if (header !== undefined) {
        if (isNext(header)) return 'next';
        ids.add(header.id);
        stray = 0;
        // A line that is missing between two goroutines makes them one for the decoder.
        if (lines.at(-1) !== '') add('');
        add(line);
        return 'part';
      }
      if (line.trim() === '' || isFrame(line)) {
        add(line);
        return 'part';
      }
      if (/^(exit status \d|r(ax|0) +0x)/.test(line)) return 'over';
      stray++;
      return stray > mostStrayLines ? 'over' : 'stray';
    },
    finish: () => ({ text: `${lines.join('\n').trimEnd()}\n`, goroutines: ids.size, cut }),
  };
}

function isFrame(line: string): boolean {
  return (
    /^\s+\S.*:\d+( \+0x[0-9a-f]+)?( fp=.*)?\s*$/.test(line) ||
    /^[\w./\-[\]*()%·~,{}…]+\(.*\)$/u.test(line) ||
    /^(created by |\[originating from |\.\.\.)/.test(line) ||
    /^\s+goroutine running on other thread/.test(line)
  );
}
