// What runs a program puts its own things around each line of the log: a stamp, a stream, JSON. This takes them off, so
// that the line is as the program wrote it, tab included.
// Sources: docker json-file driver; CRI logging format (kubernetes/design-proposals, kubelet-cri-logging.md); docker
// compose logs; syslog (RFC 3164, RFC 5424); the stamps of Go's log package and of klog.
import { type LeadingTime, parseLeadingTime, type TimeContext } from '../kernel-log/log-time.ts';

export interface UnwrappedLine {
  readonly text: string;
  /** When the line was written; undefined when it does not say. */
  readonly atMs: number | undefined;
}

const cri = /^(\d{4}-\d\d-\d\dT\S{8,25}) (?:stdout|stderr) [FP] ?/;
const compose = /^[\w./-]{1,80} {1,40}\| ?/;
const kubectlPrefix = /^\[(?:pod|container)?\/?[\w./-]{1,200}\] /;
/** `host ident[pid]: ` behind a stamp of syslog. */
const syslogIdent = /^\S{1,255} [\w./@-]{1,80}(?:\[\d{1,9}\])?: /;
const goLog = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? /;
const klog = /^[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3})/;
const jsonTime = /"(?:time|ts|timestamp|@timestamp|t)"\s*:\s*(?:"([^"]{10,40})"|(\d{10}(?:\.\d{1,9})?)[,}])/;

export function unwrapLine(line: string, context: TimeContext): UnwrappedLine {
  if (line.startsWith('{')) return unwrapJson(line, context);
  const container = cri.exec(line);
  if (container !== null)
    return { text: line.slice(container[0].length), atMs: parseLeadingTime(container[1]!, context)?.atMs };
  const prefix = (compose.exec(line) ?? kubectlPrefix.exec(line))?.[0] ?? '';
  const rest = line.slice(prefix.length);
  const stamp = stampOf(rest, context);
  if (stamp === undefined) return { text: rest, atMs: undefined };
  const behind = rest.slice(stamp.length).replace(/^ /, '');
  const ident = syslogIdent.exec(behind);
  return { text: ident === null ? behind : behind.slice(ident[0].length), atMs: stamp.atMs };
}

function unwrapJson(line: string, context: TimeContext): UnwrappedLine {
  const time = jsonTime.exec(line);
  const atMs =
    time === null
      ? undefined
      : time[2] !== undefined
        ? Number(time[2]) * 1000
        : parseLeadingTime(`${time[1]} `, context)?.atMs;
  if (!line.startsWith('{"log":"')) return { text: line, atMs };
  try {
    const { log } = JSON.parse(line) as { log?: unknown };
    return { text: typeof log === 'string' ? log.replace(/\r?\n$/, '') : line, atMs };
  } catch {
    return { text: line, atMs }; // cut off, or only looks like the driver's
  }
}

function stampOf(text: string, context: TimeContext): LeadingTime | undefined {
  const go = goLog.exec(text);
  if (go !== null) {
    const [year, month, day, hour, minute, second] = go.slice(1, 7).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const ms = Math.floor(Number((go[7] ?? '0').padEnd(3, '0').slice(0, 3)));
    return { atMs: context.localTime(year, month - 1, day, hour, minute, second, ms), length: go[0].length - 1 };
  }
  const k = klog.exec(text);
  if (k === null) return parseLeadingTime(text, context);
  const [month, day, hour, minute, second, ms] = k.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const year = new Date(context.referenceMs).getUTCFullYear();
  const of = (y: number): number => context.localTime(y, month - 1, day, hour, minute, second, ms);
  const atMs = of(year) <= context.referenceMs + 86_400_000 ? of(year) : of(year - 1);
  return { atMs, length: k[0].length };
}
