// journalctl -o export, line by line: an entry is lines `FIELD=value` up to an empty line; a value with a line break is
// the field's name alone, eight bytes of length, and the value. Kernels 5.0 to 6.x print a cgroup's statistics as one
// message of many lines, so such values do occur here.
// Source: systemd.io/JOURNAL_EXPORT_FORMATS.
import { journalLine, type LogLine } from './log-line.ts';

const wanted = /^(__REALTIME_TIMESTAMP|MESSAGE|_HOSTNAME|SYSLOG_IDENTIFIER|_TRANSPORT)(=|$)/;
const nextField = /^_{0,2}[A-Z][A-Z0-9_]{0,63}(=|$)/;
const mostValueChars = 1 << 20;

export interface JournalEntryReader {
  /** The entry that this line completes. */
  push(line: string): LogLine | undefined;
  end(): LogLine | undefined;
}

/** Does this line begin a journal export? */
export const beginsJournalExport = (line: string): boolean => /^__(CURSOR|REALTIME_TIMESTAMP)=/.test(line);

export function createJournalEntryReader(): JournalEntryReader {
  let fields = new Map<string, string>();
  let open: string | undefined; // the field whose value of many lines is being read
  let fresh = false; // the next line begins with the eight bytes of length
  const finish = (): LogLine | undefined => {
    const message = fields.get('MESSAGE');
    const entry = message === undefined ? undefined : journalLine(message, (name) => fields.get(name));
    fields = new Map();
    open = undefined;
    return entry;
  };
  return {
    push(line) {
      if (open !== undefined) {
        if (fresh || !(nextField.test(line) || line === '')) {
          // A length whose lowest byte is a line break splits the line before the value.
          fresh = fresh && !line.includes('\0');
          const text = line.slice(line.lastIndexOf('\0') + 1);
          const before = fields.get(open) ?? '';
          if (!fresh && before.length < mostValueChars) fields.set(open, before === '' ? text : `${before}\n${text}`);
          return undefined;
        }
        open = undefined;
      }
      if (line === '') return finish();
      const match = wanted.exec(line);
      if (match === null) return undefined;
      if (match[2] === '=') fields.set(match[1]!, line.slice(match[0].length));
      else {
        open = match[1]!;
        fresh = true;
      }
      return undefined;
    },
    end: finish,
  };
}
