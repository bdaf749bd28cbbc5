// One line of a log → the kernel's or a daemon's words, with their moment and host. Understood, also mixed in one stream:
// dmesg (plain, --raw, --ctime, --time-format iso, --json), /dev/kmsg records, syslog files (RFC 3164 and 3339 stamps),
// journalctl -o short*, and any text in front of the kernel's own stamp `[12345.678901] `.
// Sources: Documentation/ABI/testing/dev-kmsg; kernel/printk/printk.c (print_prefix, CONFIG_PRINTK_CALLER); dmesg(1).
import { parseLeadingTime, type TimeContext } from './log-time.ts';

export interface LogLine {
  readonly text: string;
  readonly atMs: number | undefined;
  readonly sinceBootMs: number | undefined;
  readonly hostname: string | undefined;
  /** `kernel`, `systemd`, `systemd-oomd`, …; undefined when the line does not say. */
  readonly speaker: string | undefined;
}

const kmsgRecord = /^(\d{1,5}),(\d+),(\d+),[-c+a-z][^;]{0,200};/;
/** The kernel's own stamp, with what stands before and the caller (`[   T3157]`, `[   C1]`) behind. */
const kernelStamp = /(?:^|[\s>])\[\s*(\d{1,12})\.(\d{6})\](?:\s?\[\s*[TC]\d+\])?\s?/;
/** `host kernel: `, `host systemd[1]: `; without a host only names that no kernel message begins with. */
const anySpeaker = /^\s*(?:([\w.-]{1,255})\s+)([\w./@-]{1,64})(?:\[\d+\])?:\s/;
const knownSpeaker = /^\s*(?:([\w.-]{1,255})\s+)?(kernel|systemd|systemd-oomd|earlyoom)(?:\[\d+\])?:\s/;

/** Never throws: a line that is nothing special is its own text. */
export function parseLogLine(line: string, context: TimeContext): LogLine {
  const kmsg = kmsgRecord.exec(line);
  if (kmsg !== null)
    return {
      // Control characters are escaped; a line break inside a record is one of them.
      text: line
        .slice(kmsg[0].length)
        .replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      atMs: undefined,
      sinceBootMs: Number(kmsg[3]) / 1000,
      hostname: undefined,
      // Facility 0 is the kernel's; anybody may write the others into /dev/kmsg.
      speaker: Number(kmsg[1]) >> 3 === 0 ? 'kernel' : undefined,
    };
  if (line.startsWith('{')) {
    const json = parseJsonLine(line);
    if (json !== undefined) return json;
  }
  const time = parseLeadingTime(line, context);
  const rest = time === undefined ? line : line.slice(time.length);
  const stamp = kernelStamp.exec(rest.length > 400 ? rest.slice(0, 400) : rest);
  const sinceBootMs = stamp === null ? undefined : Number(stamp[1]) * 1000 + Number(stamp[2]) / 1000;
  const before = stamp === null ? rest : rest.slice(0, stamp.index + (stamp[0].startsWith('[') ? 0 : 1));
  const behind = stamp === null ? rest : rest.slice(stamp.index + stamp[0].length);
  // Behind a stamp at the very start stand the message, or (journalctl -o short-monotonic) host and speaker.
  const bare = stamp !== null && time === undefined && before.trim() === '';
  const inFront = bare || stamp === null ? behind : before;
  const spoken = knownSpeaker.exec(inFront) ?? (time === undefined ? null : anySpeaker.exec(inFront));
  const text = bare || stamp === null ? behind.slice(spoken?.[0].length ?? 0) : behind;
  return {
    text: text.replace(/^\s*(?:<\d{1,3}>)?\s*/, ''),
    atMs: time?.atMs,
    sinceBootMs,
    hostname: spoken?.[1],
    speaker: spoken?.[2],
  };
}

/** A line of `dmesg --json` or `journalctl -o json`; undefined for other JSON (a container's log, say). */
function parseJsonLine(line: string): LogLine | undefined {
  let value: unknown;
  try {
    // dmesg puts one object a line into an array: a comma may follow.
    value = JSON.parse(line.trimEnd().replace(/,$/, ''));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const text = (name: string): string | undefined => {
    const field = fields[name];
    return typeof field === 'string' ? field : undefined;
  };
  const message = text('msg');
  if (message !== undefined) {
    const seconds = typeof fields['time'] === 'number' ? fields['time'] : Number(text('time') ?? Number.NaN);
    return {
      text: message,
      atMs: undefined,
      sinceBootMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
      hostname: undefined,
      speaker: 'kernel',
    };
  }
  const entry = fields['MESSAGE'];
  if (entry === undefined) return undefined;
  return journalLine(
    Array.isArray(entry) ? new TextDecoder().decode(Uint8Array.from(entry, Number)) : String(entry),
    text,
  );
}

/** From the fields of a journal entry; source: systemd.journal-fields(7). */
export function journalLine(message: string, field: (name: string) => string | undefined): LogLine {
  const micros = Number(field('__REALTIME_TIMESTAMP') ?? Number.NaN);
  return {
    text: message,
    atMs: Number.isFinite(micros) ? micros / 1000 : undefined,
    sinceBootMs: undefined,
    hostname: field('_HOSTNAME'),
    speaker: field('SYSLOG_IDENTIFIER') ?? (field('_TRANSPORT') === 'kernel' ? 'kernel' : undefined),
  };
}
