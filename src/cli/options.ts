// Flags that several commands share, from commander's values to checked ones.
import { readFile } from 'node:fs/promises';
import { KnownError, UsageError } from '../base/errors.ts';
import { parseDuration } from '../base/format-duration.ts';
import type { CapturePlan } from '../capture/capture-plan.ts';
import { defaultPlan } from '../capture/capture-plan.ts';
import type { PprofClientOptions } from '../capture/pprof-client.ts';

export interface CaptureFlags {
  readonly for?: string;
  readonly every?: string;
  readonly gc?: string;
  readonly gentle?: boolean;
  /** false: no trace of C allocations, whatever grows. */
  readonly native?: boolean;
  readonly walk?: boolean;
  readonly header?: readonly string[];
  readonly user?: string;
  readonly insecure?: boolean;
  readonly cacert?: string;
  readonly timeout?: string;
}

export interface OutputFlags {
  readonly format?: string;
  readonly output?: string;
  readonly color?: boolean;
  readonly verbose?: boolean;
  readonly top?: string;
}

/** Throws UsageError that names the flag. */
export function planOf(flags: CaptureFlags): CapturePlan {
  const gc = flags.gc ?? 'auto';
  if (gc !== 'auto' && gc !== 'always' && gc !== 'never') {
    throw new UsageError(`--gc ${gc} is not one of auto, always, never`);
  }
  const gentle = flags.gentle === true;
  if (gentle && gc === 'always') throw new UsageError('--gentle and --gc always contradict each other');
  return {
    ...defaultPlan,
    forMs: duration('--for', flags.for) ?? defaultPlan.forMs,
    everyMs: duration('--every', flags.every),
    gc,
    gentle,
    dumps: gentle ? 'never' : 'auto',
  };
}

export async function clientOptionsOf(flags: CaptureFlags): Promise<PprofClientOptions> {
  const headers: Record<string, string> = {};
  for (const header of flags.header ?? []) {
    const at = header.indexOf(':');
    if (at <= 0) throw new UsageError(`--header ${header.split(/[:\s]/)[0]} is not of the form 'Name: value'`);
    headers[header.slice(0, at).trim().toLowerCase()] = header.slice(at + 1).trim();
  }
  if (flags.user !== undefined) headers['authorization'] = `Basic ${Buffer.from(flags.user).toString('base64')}`;
  const timeoutMs = duration('--timeout', flags.timeout);
  return {
    headers,
    insecure: flags.insecure === true,
    ...(flags.cacert === undefined ? {} : { ca: await readCertificate(flags.cacert) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function duration(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`${flag} ${text} is not a duration`, 'Write 30s, 2m, 1h30m or 500ms.');
  return ms;
}

async function readCertificate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new KnownError('E-CACERT', `--cacert ${path} cannot be read`, { cause });
  }
}

export type Format = 'text' | 'json' | 'md';

/** Throws UsageError that says which formats the command has. */
export function formatOf(flags: OutputFlags): Format {
  const format = flags.format ?? 'text';
  if (format === 'text' || format === 'json' || format === 'md') return format;
  if (format === 'html')
    throw new UsageError('--format html is for a diagnosis', 'Write: leakline TARGET --format html -o report.html');
  if (format === 'sarif') throw new UsageError('--format sarif is for `leakline scan`', 'Use text, json or md.');
  throw new UsageError(`--format ${format} is not one of text, json, md`);
}

/** Like `formatOf`, for commands whose report can be pages of their own. */
export function reportFormatOf(flags: OutputFlags): Format | 'html' {
  return flags.format === 'html' ? 'html' : formatOf(flags);
}

export function topOf(flags: OutputFlags): number {
  if (flags.top === undefined) return 5;
  const top = Number(flags.top);
  if (!Number.isInteger(top) || top < 1 || top > 1000)
    throw new UsageError(`--top ${flags.top} is not a number from 1 to 1000`);
  return top;
}
