// A shop: it looks for the first price of an article and leaves the loop as soon as it has one. The rows are never closed,
// so the connection never goes back to the pool.
package main

import (
	"context"
	"database/sql"
	"time"

	"example.com/zoo/internal/boot"
)

type shop struct{ db *sql.DB }

func (s *shop) price(ctx context.Context, article int) (int64, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT cents FROM prices WHERE article = ? ORDER BY day DESC", article) //leak:retains
	if err != nil {
		return 0, err
	}
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
