// What a gate measured once, kept in a file of the repository, for those who want a limit instead of statistics.
import { readFile } from 'node:fs/promises';
import { KnownError } from '../../base/errors.ts';
import type { GateTrend } from '../../report/gate-report.ts';

export interface GateBaseline {
  readonly schema: 'leakline.gate-baseline/1';
  /** After the last cycle. */
  readonly liveHeapBytes: number;
  readonly goroutines: number;
}

/** Throws KnownError when it cannot be read or is something else. */
export async function readBaseline(file: string): Promise<GateBaseline> {
  const advice = 'leakline gate … --write-baseline FILE writes one.';
  let value: Partial<GateBaseline>;
  try {
    value = JSON.parse(await readFile(file, 'utf8')) as Partial<GateBaseline>;
  } catch (cause) {
    const why =
      cause instanceof SyntaxError ? 'it is not JSON' : cause instanceof Error ? cause.message : String(cause);
    throw new KnownError('E-GATE-BASELINE', `the base line ${file} cannot be read: ${why}`, { advice, cause });
  }
  const { schema, liveHeapBytes, goroutines } = value ?? {};
  if (schema !== 'leakline.gate-baseline/1' || !isCount(liveHeapBytes) || !isCount(goroutines))
    throw new KnownError('E-GATE-BASELINE', `${file} is no base line of a gate`, { advice });
  return { schema, liveHeapBytes, goroutines };
}

/** Undefined when it was not measured. */
export function baselineOf(trends: readonly GateTrend[]): GateBaseline | undefined {
  const last = (what: GateTrend['what']): number | undefined =>
    trends.find((trend) => trend.what === what)?.values.at(-1);
  const liveHeapBytes = last('live-heap');
  const goroutines = last('goroutines');
  return liveHeapBytes === undefined || goroutines === undefined
    ? undefined
    : { schema: 'leakline.gate-baseline/1', liveHeapBytes, goroutines };
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
