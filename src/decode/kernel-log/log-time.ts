// The ways in which logs write the moment of a line, at the start of the line.
// Sources: RFC 3339, RFC 3164 (syslog), dmesg(1) --ctime and --time-format iso, journalctl(1) -o short-*.

/** A wall clock without zone → ms since 1970. */
export type LocalTime = (
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
) => number;

export interface TimeContext {
  /** When the log was last written: a stamp without a year is of the last year that is not after it. */
  readonly referenceMs: number;
  readonly localTime: LocalTime;
}

export interface LeadingTime {
  readonly atMs: number;
  /** Length of the stamp. */
  readonly length: number;
}

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const dayMs = 86_400_000;

const iso = /^\[?(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?\]?/;
/** journalctl -o short-full: a weekday in front and the zone's name behind. */
const full = /^[A-Z][a-z]{2} (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? ([A-Z]{3,5}|[+-]\d\d)(?= )/;
const ctime = /^\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\]/;
const syslog =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?= )/;
const unix = /^(\d{9,10})\.(\d{3,6})(?= )/;

export function parseLeadingTime(text: string, context: TimeContext): LeadingTime | undefined {
  const first = text.charCodeAt(0);
  const digit = first >= 48 && first <= 57;
  if (digit || first === 91) {
    const match = iso.exec(text);
    if (match !== null) return isoTime(match, context);
    if (digit) {
      const seconds = unix.exec(text);
      return seconds === null
        ? undefined
        : { atMs: Number(seconds[1]) * 1000 + fractionMs(seconds[2]), length: seconds[0].length };
    }
    const dmesg = ctime.exec(text);
    if (dmesg === null) return undefined;
    const month = monthOf(dmesg[1]!);
    if (month === undefined) return undefined;
    return {
      atMs: context.localTime(Number(dmesg[6]), month, ...numbers(dmesg, 2, 3, 4, 5), 0),
      length: dmesg[0].length,
    };
  }
  const named = full.exec(text);
  if (named !== null) return isoTime(named, context);
  const match = syslog.exec(text);
  if (match === null) return undefined;
  const month = monthOf(match[1]!);
  if (month === undefined) return undefined;
  const rest = numbers(match, 2, 4, 5, 6);
  const at = (year: number): number => context.localTime(year, month, ...rest, fractionMs(match[7]));
  const { length } = match[0];
  if (match[3] !== undefined) return { atMs: at(Number(match[3])), length };
  const year = new Date(context.referenceMs).getUTCFullYear();
  // A day of grace, for clocks and zones; the next year for a log that was last written on New Year's Eve.
  const atMs = [year + 1, year].map(at).find((ms) => ms <= context.referenceMs + dayMs) ?? at(year - 1);
  return { atMs, length };
}

function isoTime(match: RegExpExecArray, context: TimeContext): LeadingTime {
  const [year, month, ...rest] = [match[1], match[2], match[3], match[4], match[5], match[6]].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = fractionMs(match[7]);
  const zone = match[8] === 'UTC' ? 'Z' : match[8];
  const { length } = match[0];
  // Other names of zones (CET) are taken for the reader's own.
  if (zone === undefined || (zone !== 'Z' && /[A-Z]/.test(zone)))
    return { atMs: context.localTime(year, month - 1, ...rest, ms), length };
  const utcMs = Date.UTC(year, month - 1, ...rest, ms);
  const digits = zone.replace(':', '');
  const minutes =
    zone === 'Z' ? 0 : (Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3) || 0)) * (zone[0] === '-' ? -1 : 1);
  return { atMs: utcMs - minutes * 60_000, length };
}

function monthOf(name: string): number | undefined {
  const at = months.indexOf(name);
  return at < 0 || at % 3 !== 0 ? undefined : at / 3;
}

function numbers(
  match: RegExpExecArray,
  ...groups: [number, number, number, number]
): [number, number, number, number] {
  return groups.map((group) => Number(match[group])) as [number, number, number, number];
}

function fractionMs(digits: string | undefined): number {
  return digits === undefined ? 0 : Math.floor(Number(digits.slice(0, 3).padEnd(3, '0')));
}
