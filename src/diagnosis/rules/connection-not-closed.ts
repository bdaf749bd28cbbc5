// Connections that nobody closes: a goroutine per connection in Read without a deadline, or client connections that pile
// up because each call makes its own transport or dials anew.
//
//   func handle(c net.Conn) { buf := make([]byte, 4096); c.Read(buf) … }      // the peer stays silent: for ever
import { sourceEvidence } from '../container-story.ts';
import { libraryUsers, unreleasedUses } from '../library-users.ts';
import { otherEndsOf, servesConnections } from '../other-ends.ts';
import { type Candidate, candidates, type Rule, type RuleInput } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { indexOfFunction } from '../stack-patterns.ts';
import type { GoroutineSuspect } from '../suspects.ts';
import { stackEvidence } from './hanging-goroutine.ts';

const network =
  /^(net\.\(\*(conn|TCPConn|UnixConn|UDPConn|netFD)\)\.|crypto\/tls\.\(\*Conn\)\.|net\/http\.\(\*(persistConn|conn|http2serverConn|http2ClientConn)\)\.|internal\/poll\.\(\*FD\)\.(Read|Write|ReadFrom|WriteTo|Accept))/;
const dialling =
  /^(net\/http\.\(\*(Client|Transport)\)\.|net\/http\.(Get|Post|Head|send)|net\.(Dial|\(\*Dialer\)\.)|crypto\/tls\.(Dial|Client))/;

export const connectionNotClosed: Rule = {
  id: 'connection-not-closed',
  title: 'Connections are not closed',
  type: 'leak',
  needs: ['goroutines'],
  about: {
    what: 'Open connections pile up, each with a goroutine that waits for its peer.',
    why: 'A read without a deadline waits as long as the peer keeps the connection; a client that dials, or makes a transport, per call leaves its idle connections behind.',
    fix: 'Set deadlines (SetReadDeadline, http.Server timeouts), close on every path, and share one client or transport.',
    falsePositives:
      'Goroutines per connection follow the number of live clients; idle client connections end after IdleConnTimeout.',
    sources: ['https://pkg.go.dev/net#Conn', 'https://pkg.go.dev/net/http#Transport'],
  },
  evaluate(input) {
    const { goroutines } = input;
    if (goroutines.kind === 'not-captured') {
      return { kind: 'inconclusive', why: goroutines.why, whatWouldSettleIt: 'a goroutine profile' };
    }
    const waiting = goroutines.value.filter(
      (suspect) =>
        suspect.group.state === 'IO wait' || /^net\/http\.\(\*persistConn\)/.test(suspect.group.entry.functionName),
    );
    const found = stories(waiting.filter((suspect) => indexOfFunction(suspect.group.exampleStack, network) >= 0)).map(
      (groups) => candidateOf(groups, input),
    );
    return candidates(found, goroutines.value.length, 'no goroutines pile up in network reads or writes');
  },
};

/** The two loops of an HTTP client connection are one story; other entries are one each. */
function stories(suspects: readonly GoroutineSuspect[]): readonly (readonly GoroutineSuspect[])[] {
  const byEntry = new Map<string, GoroutineSuspect[]>();
  for (const suspect of suspects) {
    const name = suspect.group.entry.functionName.replace(/\.(readLoop|writeLoop)$/, '');
    byEntry.set(name, [...(byEntry.get(name) ?? []), suspect]);
  }
  return [...byEntry.values()];
}

function candidateOf(groups: readonly GoroutineSuspect[], input: RuleInput): Candidate {
  const { heap, source, ownership, goroutines } = input;
  const first = groups[0]!; // stories have at least one group
  const user = first.group.userFrame;
  // Who dials has nothing to do with the connections that are served.
  const dials = user === undefined && !servesConnections(first);
  const users = dials && heap.kind === 'captured' ? libraryUsers(heap.value, dialling, ownership) : [];
  const ends = goroutines.kind === 'captured' && dials ? otherEndsOf(groups, goroutines.value) : [];
  const uses = unreleasedUses(source, users, ['http-transport', 'connection']);
  const use = user === undefined ? uses[0] : undefined;
  const at = user ?? use?.unreleased.site ?? users[0]?.frame ?? first.group.blocked;
  const spawn = first.spawn;
  return {
    kind: 'goroutine',
    heapKeys: [],
    goroutineKeys: [...groups, ...ends].map((suspect) => suspect.key),
    pattern: user !== undefined || use !== undefined ? 'both' : 'stack',
    permanence: use?.unreleased.kind === 'http-transport' ? 'temporary' : 'permanent',
    title:
      use?.unreleased.kind === 'http-transport'
        ? `Each HTTP transport made at ${placeName(at)} leaves its idle connections behind`
        : `Connections wait for ever at ${placeName(at)}`,
    site: siteOf(user === undefined ? 'retains' : 'blocks', at),
    sites: distinctSites([
      siteOf(user === undefined ? 'retains' : 'blocks', at),
      ...uses.slice(0, 2).map((item) => siteOf('retains', item.unreleased.site)),
      spawn === undefined ? undefined : siteOf('spawns', spawn),
      siteOf('blocks', first.group.entry),
      ...users.slice(0, 2).map((item) => siteOf('allocates', item.frame)),
    ]),
    holder: { root: `goroutine ${first.group.entry.functionName}`, path: ['connection'], retainedBytes: undefined },
    evidence: [
      stackEvidence(first),
      ...(use === undefined ? [] : [sourceEvidence('made per call and never closed', use.unreleased.site)]),
    ],
    specificity: 3,
  };
}
