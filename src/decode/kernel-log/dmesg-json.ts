// dmesg --json of util-linux: one object a message, one field a line.
//   {
//      "pri": 3,
//      "time":  2614.648520,          (or a string, with --time-format iso)
//      "msg": "Memory cgroup out of memory: Killed process …"
//   },{
// Source: util-linux sys-utils/dmesg.c, lib/jsonwrt.c, 2.37 and later.
import type { LogLine } from './log-line.ts';
import { parseLeadingTime, type TimeContext } from './log-time.ts';

export interface DmesgJsonReader {
  /** The message that ends here; `true` for another line of the object; undefined for lines of other formats. */
  push(line: string): LogLine | true | undefined;
}

export function createDmesgJsonReader(context: TimeContext): DmesgJsonReader {
  let time: string | undefined;
  return {
    push(line) {
      const field = /^\s{0,100}"(pri|fac|time|caller|msg)":\s*(.*?),?$/.exec(line);
      if (field === null) return undefined;
      if (field[1] === 'time') time = field[2]!.replaceAll('"', '');
      if (field[1] !== 'msg') return true;
      const text = parseString(field[2]!);
      if (text === undefined) return true;
      const seconds = time === undefined ? Number.NaN : Number(time);
      const leading = time === undefined || Number.isFinite(seconds) ? undefined : parseLeadingTime(time, context);
      time = undefined;
      return {
        text,
        atMs: leading?.atMs,
        sinceBootMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
        hostname: undefined,
        speaker: 'kernel',
      };
    },
  };
}

function parseString(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
