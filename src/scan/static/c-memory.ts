// Memory of C that Go code allocates: who frees it? Shared by the rules of C.CString and C.malloc.
import { calledName } from '../calls.ts';
import { part, textOf } from '../syntax.ts';
import type { PackageFacts } from './package-facts.ts';
import { fateOf, type ReleaseWords, returnWithout, runsOnce } from './releases.ts';
import type { StaticHit } from './static-rule.ts';

/** Functions of C that take what they are given. */
const takes = /(free|destroy|release|delete|dispose|unref|close|take|own|adopt|finish|final|steal|consume)/i;

const ofC: ReleaseWords = {
  isRelease: (_, call) => takes.test(calledName(call)),
  onlyReads: (_, call) => textOf(part(call, 'function') ?? call).startsWith('C.'),
};

/** Calls `C.name` whose memory nobody frees, or not on every way out. */
export function unfreed(facts: PackageFacts, names: readonly string[]): readonly StaticHit[] {
  return names.flatMap((name) =>
    facts.callsNamed(name).flatMap((call): StaticHit[] => {
      if (textOf(part(call, 'function') ?? call) !== `C.${name}`) return [];
      const fn = facts.functionOf(call);
      if (fn === undefined || runsOnce(fn)) return [];
      const fate = fateOf(facts, call, ofC);
      if (fate.kind === 'handed-on') return [];
      if (fate.kind === 'dropped') return [{ at: call, message: `nothing frees what C.${name} allocates here` }];
      const early = returnWithout(fn, call, fate.calls);
      if (early === undefined) return [];
      return [
        {
          at: call,
          message: `what C.${name} allocates here is not freed on every way out`,
          related: [
            { at: early, message: 'returns without C.free' },
            { at: fate.calls[0]!, message: 'freed here' },
          ],
        },
      ];
    }),
  );
}
