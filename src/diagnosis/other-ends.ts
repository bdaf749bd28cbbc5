// A service that calls itself has both ends of every connection: each client connection that is kept open is one goroutine more
// in its own server. That pile is no leak of its own; whoever keeps the client end open is to blame for both.
import type { GoroutineSuspect } from './suspects.ts';

/** Start functions of goroutines that serve one connection. */
const serverEnd = /^net\/http\.\(\*(conn|http2serverConn)\)\.serve/;
/** Ends come and go between the two counts of a capture. */
const mostDifference = 0.1;

export const servesConnections = ({ group }: GoroutineSuspect): boolean => serverEnd.test(group.entry.functionName);

/** Server goroutines that became more by as many as the client connections in `piles`. */
export function otherEndsOf(
  piles: readonly GoroutineSuspect[],
  all: readonly GoroutineSuspect[],
): readonly GoroutineSuspect[] {
  const grown = Math.max(0, ...piles.map(({ group }) => group.count.delta));
  const servers = all.filter((suspect) => servesConnections(suspect) && !piles.includes(suspect));
  const theirs = servers.reduce((sum, { group }) => sum + group.count.delta, 0);
  return grown > 0 && Math.abs(theirs - grown) <= mostDifference * grown ? servers : [];
}
