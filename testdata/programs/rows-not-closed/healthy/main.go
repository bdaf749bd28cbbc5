// The shop that closes its rows: one connection serves all queries.
package main

import (
	"context"
	"database/sql"
	"time"

	"example.com/zoo/internal/boot"
)

type shop struct{ db *sql.DB }

func (s *shop) price(ctx context.Context, article int) (int64, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT cents FROM prices WHERE article = ? ORDER BY day DESC", article)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var cents int64
		if err := rows.Scan(&cents); err != nil {
			return 0, err
		}
		if cents > 0 {
			return cents, nil
		}
	}
	return 0, rows.Err()
}

func main() {
	boot.Serve()
	s := &shop{db: openDatabase()}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	for n := 0; ; n++ {
		s.price(ctx, n)
		time.Sleep(25 * time.Millisecond)
	}
}
