// What a short watch cannot tell. Write-ahead caches, logs that are compacted, job histories and TTLs work in cycles of up
// to minutes; where the source that could show such a bound was not read, growth in a shorter window is a hint and no
// verdict. (Seen in 40 s: etcd and InfluxDB under steady writes, rclone's finished jobs, which it keeps for a minute.)
import type { Frame } from '../model/stacks.ts';
import type { PatternStrength, RuleInput } from './rule.ts';

const leastSpanMs = 120_000;

export const isBrief = (window: RuleInput['window']): boolean => window.spanMs < leastSpanMs;

/** How well a library call on the stack speaks for a leak: its caller's source may hold what takes things out again. */
export function patternByStack({ window, source }: RuleInput, caller: Frame): PatternStrength {
  return isBrief(window) && source.functionAround(caller) === undefined ? 'brief' : 'stack';
}
