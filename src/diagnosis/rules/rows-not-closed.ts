// Rows, statements and transactions that are not closed keep their database connection:
//
//   rows, err := db.QueryContext(ctx, q); if rows.Next() { rows.Scan(&v) }; return v      // no rows.Close()
import { sourceEvidence } from '../container-story.ts';
import { libraryUsers, unreleasedUses } from '../library-users.ts';
import { type Candidate, candidates, type Rule } from '../rule.ts';
import { distinctSites, placeName, siteOf } from '../sites.ts';
import { groupsThrough, suspectsThrough } from '../stack-patterns.ts';
import { stackEvidence } from './hanging-goroutine.ts';

const awaiting =
  /^database\/sql\.(\(\*Rows\)\.awaitDone|\(\*Tx\)\.awaitDone|\(\*DB\)\.connectionOpener|\(\*DB\)\.conn$)/;
const sqlCall = /^database\/sql\.\(\*(DB|Tx|Conn|Stmt|Rows)\)\./;
const opener = /^database\/sql\.\(\*DB\)\.connectionOpener/;

export const rowsNotClosed: Rule = {
  id: 'rows-not-closed',
  title: 'Database rows, statements or transactions are not closed',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'Results of database/sql are not closed, so that their connections never go back to the pool.',
    why: 'Open rows own a connection, its buffers and (with a cancellable context) a goroutine. With a limit on connections the program stops; without one it opens new ones for ever.',
    fix: 'defer rows.Close() after the error check; QueryRow for one row; defer tx.Rollback(); open sql.DB once, not per call.',
    falsePositives: 'A pool that opens connections up to its limit under load stops growing.',
    sources: ['https://go.dev/doc/database/querying', 'https://pkg.go.dev/database/sql#Rows.Close'],
  },
  evaluate({ heap, heapSuspects, goroutines, source, ownership }) {
    const groups = goroutines.kind === 'captured' ? groupsThrough(goroutines.value, awaiting) : [];
    const sites = suspectsThrough(heapSuspects, sqlCall);
    const examined = heapSuspects.length + groups.length;
    if (groups.length === 0 && sites.length === 0) return candidates([], examined, 'nothing of database/sql grows');
    const users = heap.kind === 'captured' ? libraryUsers(heap.value, sqlCall, ownership) : [];
    const perCall = groups.some((suspect) => opener.test(suspect.group.entry.functionName));
    const uses = unreleasedUses(source, users, perCall ? ['db'] : ['rows']);
    const use = uses[0];
    if (groups.length === 0 && use === undefined)
      return candidates([], examined, 'database/sql allocates, but nothing of it is left open');
    const at = use?.unreleased.site ?? users[0]?.frame ?? groups[0]?.group.blocked;
    if (at === undefined) return candidates([], examined, 'nothing of database/sql is left open');
    const candidate: Candidate = {
      kind: groups.length > 0 ? 'goroutine' : 'go-heap',
      heapKeys: sites.map((suspect) => suspect.key),
      goroutineKeys: groups.map((suspect) => suspect.key),
      pattern: use === undefined ? 'stack' : 'both',
      permanence: 'permanent',
      title: perCall
        ? `A database handle is opened at ${placeName(at)} again and again and never closed`
        : `The result of the query at ${placeName(at)} is not closed`,
      site: siteOf('retains', at),
      sites: distinctSites([
        siteOf('retains', at),
        ...uses.slice(0, 3).map((item) => siteOf('retains', item.unreleased.site)),
        ...users.slice(0, 2).map((user) => siteOf('allocates', user.frame)),
        ...groups.slice(0, 1).map((suspect) => siteOf('blocks', suspect.group.blocked)),
      ]),
      holder: { root: 'database/sql pool', path: ['connection', 'rows'], retainedBytes: undefined },
      evidence: [
        ...uses.slice(0, 2).map((item) => sourceEvidence('opened here and never closed', item.unreleased.site)),
        ...groups.slice(0, 1).map(stackEvidence),
      ],
      specificity: 6,
    };
    return candidates([candidate], examined, '');
  },
};
