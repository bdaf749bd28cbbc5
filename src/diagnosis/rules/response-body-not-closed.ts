// A response body that is not closed (or not read to its end) keeps its connection, with two goroutines and buffers:
//
//   resp, err := client.Get(url); if err != nil { return err }; return json.NewDecoder(resp.Body).Decode(&v)
//
// No line of the program is on the leaked stacks; who called the client shows in what was allocated meanwhile.
import { sourceEvidence } from '../container-story.ts';
import { libraryUsers, unreleasedUses } from '../library-users.ts';
import { otherEndsOf } from '../other-ends.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { groupsThrough } from '../stack-patterns.ts';
import { stackEvidence } from './hanging-goroutine.ts';

const persistent =
  /^net\/http\.(\(\*persistConn\)\.(readLoop|writeLoop)|\(\*http2ClientConn\)\.readLoop|\(\*http2clientConnReadLoop\))|^golang\.org\/x\/net\/http2\.\(\*ClientConn\)\.readLoop/;
const client = /^net\/http\.(\(\*Client\)\.|Get$|Post$|Head$|PostForm$|\(\*Transport\)\.|send$)/;

export const responseBodyNotClosed: Rule = {
  id: 'response-body-not-closed',
  title: 'HTTP response body is not closed',
  type: 'leak',
  needs: ['goroutines'],
  about: {
    what: 'HTTP client connections pile up: their read and write loops wait for a response body that nobody closes.',
    why: 'A connection goes back to the pool, or is closed, only when the body is closed. Until then it keeps a socket, two goroutines and its buffers.',
    fix: 'defer resp.Body.Close() right after the error check, on every path; read the rest (io.Copy(io.Discard, resp.Body)) to reuse the connection.',
    falsePositives:
      'Streams that are meant to stay open (watch, server-sent events) look the same; their number follows the subscriptions.',
    sources: ['https://pkg.go.dev/net/http#Response', 'https://github.com/golang/go/issues/16953'],
  },
  evaluate({ goroutines, heap, source, ownership }) {
    if (goroutines.kind === 'not-captured') {
      return { kind: 'inconclusive', why: goroutines.why, whatWouldSettleIt: 'a goroutine profile' };
    }
    const groups = groupsThrough(goroutines.value, persistent);
    const busy = groups.filter((suspect) => suspect.group.state !== 'IO wait');
    if (groups.length === 0) return candidates([], goroutines.value.length, 'no HTTP client connections pile up');
    const users = heap.kind === 'captured' ? libraryUsers(heap.value, client, ownership) : [];
    const bodies = unreleasedUses(source, users, ['response-body']);
    const transports = unreleasedUses(source, users, ['http-transport']);
    // Idle connections that pile up were given back: then it is a transport per request, not a body.
    const idle = bodies.length === 0 && (busy.length === 0 || idleShare(groups) > 0.3) && transports.length > 0;
    if (idle)
      return candidates([], goroutines.value.length, 'the connections that pile up are idle: their bodies were closed');
    const use = bodies[0];
    const at = use?.unreleased.site ?? users[0]?.frame;
    const first = groups[0]!;
    const candidate: Candidate = {
      kind: 'goroutine',
      heapKeys: [],
      goroutineKeys: [...groups, ...otherEndsOf(groups, goroutines.value)].map((suspect) => suspect.key),
      pattern: use !== undefined ? 'both' : 'stack',
      permanence: 'permanent',
      title:
        at === undefined
          ? 'HTTP response bodies are not closed'
          : `The response body of the request at ${placeName(at)} is not closed`,
      site: at === undefined ? siteOf('blocks', first.group.blocked) : siteOf('retains', at),
      sites: distinctSites([
        ...bodies.slice(0, 3).map((body) => siteOf('retains', body.unreleased.site)),
        at === undefined ? undefined : siteOf('retains', at),
        ...users.slice(0, 2).map((user) => siteOf('allocates', user.frame)),
        siteOf('blocks', first.group.blocked),
        first.spawn === undefined ? undefined : siteOf('spawns', first.spawn),
      ]),
      holder: {
        root: 'goroutine net/http.(*persistConn).readLoop',
        path: ['connection', 'response body'],
        retainedBytes: undefined,
      },
      evidence: [
        ...bodies.slice(0, 2).map((body) => sourceEvidence('this body is never closed', body.unreleased.site)),
        stackEvidence(first),
      ],
      specificity: 5,
    };
    return candidates([candidate], goroutines.value.length, '');
  },
};

function idleShare(groups: readonly { group: { state: string; count: { delta: number } } }[]): number {
  let idle = 0;
  let all = 0;
  for (const { group } of groups) {
    all += group.count.delta;
    if (group.state === 'IO wait') idle += group.count.delta;
  }
  return all > 0 ? idle / all : 0;
}
