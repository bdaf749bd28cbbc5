// A report desk whose demand rises over the first seconds: as more reports run at once, the pool opens more connections,
// up to its limit. All rows are closed, and the idle connections are kept on purpose.
package main

import (
	"context"
	"database/sql"
	"time"

	"example.com/zoo/internal/boot"
)

const desks = 60

type ledger struct{ db *sql.DB }

// total reads a slow result to its end.
func (l *ledger) total(ctx context.Context, account int) (sum int64, err error) {
	rows, err := l.db.QueryContext(ctx, "SELECT amount FROM entries WHERE account = ?", account)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var amount int64
		if err := rows.Scan(&amount); err != nil {
			return 0, err
		}
		sum += amount
		time.Sleep(30 * time.Millisecond)
	}
	return sum, rows.Err()
}

func desk(ctx context.Context, l *ledger, first int) {
	for account := first; ctx.Err() == nil; account++ {
		query, cancel := context.WithTimeout(ctx, 5*time.Second)
		l.total(query, account)
		cancel()
	}
}

func main() {
	boot.Serve()
	db := openDatabase()
	db.SetMaxOpenConns(desks)
	db.SetMaxIdleConns(desks)
	l := &ledger{db: db}
	for n := 0; n < desks; n++ {
		go desk(context.Background(), l, n*1000)
		time.Sleep(100 * time.Millisecond)
	}
	select {}
}
