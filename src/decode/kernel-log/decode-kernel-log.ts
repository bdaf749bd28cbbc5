// A log of any length → the OOM kills in it. Text comes in pieces; memory stays bounded: a long line is cut, the newest
// kills are kept, and pieces without a word of memory running out are passed over without being split into lines.
// The formats are in log-line.ts, dmesg-json.ts, journal-export.ts and oom-episode.ts.
import type { OomKill, OomLog, OomUnitEvent } from '../../model/oom.ts';
import { createDmesgJsonReader } from './dmesg-json.ts';
import { beginsJournalExport, createJournalEntryReader, type JournalEntryReader } from './journal-export.ts';
import { type LogLine, parseLogLine } from './log-line.ts';
import type { LocalTime } from './log-time.ts';
import { createEpisodeReader, type EpisodeReader, type KillDraft } from './oom-episode.ts';
import { parseUnitEvent } from './unit-event.ts';

export interface KernelLogOptions {
  /** Names the log in what it tells. */
  readonly source: string;
  /** When the log was last written, ms since 1970; chooses the year of stamps without one. */
  readonly referenceMs: number;
  /** Wall clock at the kernel's second 0; only for the log of the running kernel. */
  readonly bootMs?: number;
  /** For stamps without a zone; default UTC. */
  readonly localTime?: LocalTime;
  /** Default 1000. */
  readonly mostKills?: number;
}

export interface KernelLogDecoder {
  push(text: string): void;
  /** Once, after the last piece. */
  finish(): OomLog;
}

const mostLineChars = 64 << 10;
const mostHosts = 32;
const mostWarnings = 20;
/** Every line that tells of a kill, or that opens a report, holds one of these. */
const words = ['oom', 'OOM', 'ut of memory', 'Killed ', 'Kill process', 'badness'] as const;
const failures =
  /^(?:Kernel panic - not syncing: )?(Out of memory and no killable processes|Out of memory: (?:compulsory|system-wide) panic_on_oom|System is deadlocked on memory|Memory cgroup out of memory and no killable)/i;

interface Host {
  readonly episode: EpisodeReader;
}

export function createKernelLogDecoder(options: KernelLogOptions): KernelLogDecoder {
  const context = { referenceMs: options.referenceMs, localTime: options.localTime ?? Date.UTC };
  const mostKills = options.mostKills ?? 1000;
  const hosts = new Map<string, Host>();
  const warnings: string[] = [];
  let kills: KillDraft[] = [];
  let unitEvents: OomUnitEvent[] = [];
  let killCount = 0;
  let lines = 0;
  let carry = '';
  let cutLines = 0;
  let firstMs: number | undefined;
  let lastMs: number | undefined;
  let journal: JournalEntryReader | undefined;
  const dmesgJson = createDmesgJsonReader(context);

  const hostOf = (name: string): Host => {
    const known = hosts.get(name);
    if (known !== undefined) return known;
    if (hosts.size >= mostHosts) hosts.delete(hosts.keys().next().value!);
    const host = { episode: createEpisodeReader() };
    hosts.set(name, host);
    return host;
  };

  const told = (text: string, line: LogLine): void => {
    const event = parseUnitEvent(text, line.speaker);
    if (event !== undefined) {
      unitEvents.push({ ...event, atMs: line.atMs, hostname: line.hostname, source: options.source });
      if (unitEvents.length > mostKills * 2) unitEvents = unitEvents.slice(-mostKills);
      return;
    }
    if (line.speaker !== undefined && line.speaker !== 'kernel') return;
    const failure = failures.exec(text);
    if (failure !== null && warnings.length < mostWarnings)
      warnings.push(`${options.source}: the kernel says "${text.slice(0, 120)}"`);
    const reaped = /^oom_reaper: reaped process (\d+) /.exec(text);
    if (reaped !== null) {
      const kill = kills.findLast((one) => one.pid === Number(reaped[1]) && one.hostname === line.hostname);
      if (kill !== undefined) kill.reaped = true;
      return;
    }
    const kill = hostOf(line.hostname ?? '').episode.push(text, line);
    if (kill === undefined) return;
    killCount++;
    kills.push(kill);
    if (kills.length > mostKills * 2) kills = kills.slice(-mostKills);
  };

  const readEntry = (parsed: LogLine): void => {
    const line =
      parsed.atMs === undefined && parsed.sinceBootMs !== undefined && options.bootMs !== undefined
        ? { ...parsed, atMs: options.bootMs + parsed.sinceBootMs }
        : parsed;
    if (line.atMs !== undefined) {
      firstMs ??= line.atMs;
      lastMs = line.atMs;
    }
    // One record may hold many lines.
    if (!line.text.includes('\n')) told(line.text, line);
    else for (const part of line.text.split('\n')) told(part.trim(), line);
  };

  const readLine = (raw: string): void => {
    lines++;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (journal === undefined && beginsJournalExport(line)) journal = createJournalEntryReader();
    if (journal === undefined) {
      if (line === '') return;
      const json = /^\s*"/.test(line) ? dmesgJson.push(line) : undefined;
      if (json !== true) readEntry(json ?? parseLogLine(line, context));
      return;
    }
    const entry = journal.push(line);
    if (entry !== undefined) readEntry(entry);
  };

  const isOpen = (): boolean => {
    for (const host of hosts.values()) if (host.episode.open()) return true;
    return false;
  };

  return {
    push(text) {
      const last = text.lastIndexOf('\n');
      if (last < 0) {
        carry = keep(carry + text);
        return;
      }
      const body = carry + text.slice(0, last);
      carry = keep(text.slice(last + 1));
      // Most of a large log says nothing of memory: of such a piece only the last line is read, for its moment.
      if (journal === undefined && lines > 0 && !isOpen() && !words.some((word) => body.includes(word))) {
        lines += countLines(body) - 1;
        readLine(keep(body.slice(body.lastIndexOf('\n') + 1)));
        return;
      }
      let from = 0;
      while (from <= body.length) {
        const to = body.indexOf('\n', from);
        const end = to < 0 ? body.length : to;
        if (end - from > mostLineChars) cutLines++;
        readLine(body.slice(from, Math.min(end, from + mostLineChars)));
        from = end + 1;
      }
    },
    finish() {
      if (carry !== '') readLine(carry);
      const rest = journal?.end();
      if (rest !== undefined) readEntry(rest);
      if (cutLines > 0) warnings.push(`${options.source}: ${cutLines} lines were longer than 64 KiB and were cut`);
      const kept = kills.slice(-mostKills).map((kill): OomKill => ({ ...kill, sources: [options.source] }));
      return {
        source: options.source,
        lines,
        kills: kept,
        killCount,
        unitEvents: unitEvents.slice(-mostKills),
        firstMs,
        lastMs,
        warnings,
      };
    },
  };
}

const keep = (text: string): string => (text.length <= mostLineChars ? text : text.slice(0, mostLineChars));

/** A log that is in memory already. */
export function decodeKernelLog(text: string, options: KernelLogOptions): OomLog {
  const decoder = createKernelLogDecoder(options);
  decoder.push(text);
  return decoder.finish();
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
