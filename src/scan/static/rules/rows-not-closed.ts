// Rows, statements, connections and transactions of database/sql that are not given back on some way.
import type { StaticRule } from '../static-rule.ts';
import { keptIn, whereOpen } from '../unreleased-resources.ts';

export const rowsNotClosed: StaticRule = {
  id: 'rows-not-closed',
  byDefault: true,
  examples: {
    leaks: [
      `import "database/sql"

func first(db *sql.DB) (id int, err error) {
	rows, err := db.Query("SELECT id FROM jobs") //want
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		if id > 0 {
			return id, nil
		}
	}
	return 0, rows.Err()
}`,
      `import "database/sql"

func pay(db *sql.DB) error {
	tx, err := db.Begin() //want
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE a"); err != nil {
		return err
	}
	return tx.Commit()
}`,
    ],
    fine: [
      `import "database/sql"

func all(db *sql.DB) (n int, err error) {
	rows, err := db.Query("SELECT 1")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if n++; n > 9 {
			return n, nil
		}
	}
	return n, rows.Err()
}`,
      `import "database/sql"

func count(db *sql.DB) int {
	n := 0
	rows, err := db.Query("SELECT 1")
	if err != nil {
		return 0
	}
	for rows.Next() {
		n++
	}
	return n
}`,
      `import "database/sql"

func pay(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec("UPDATE a"); err != nil {
		return err
	}
	return tx.Commit()
}`,
      `import "database/sql"

type store struct{ byName *sql.Stmt }

func (s *store) open(db *sql.DB) (err error) {
	s.byName, err = db.Prepare("SELECT 1")
	return err
}`,
    ],
  },
  find: (facts) =>
    keptIn(facts, ['rows']).map(({ call, acquisition, variable, exit }) => ({
      at: call,
      message: `${variable === '' || variable === '_' ? 'the result' : variable} ${whereOpen(exit, acquisition.release.test('Commit') ? 'committed or rolled back' : 'closed')}: its connection does not go back to the pool`,
      related:
        exit === undefined || exit.kind === 'end' ? [] : [{ at: exit.node, message: 'leaves without giving it back' }],
    })),
};
