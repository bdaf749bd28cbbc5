// The tile server that cancels each tile's context when the tile is drawn.
package main

import (
	"context"
	"time"

	"example.com/zoo/internal/boot"
)

type server struct{ ctx context.Context }

type tile struct{ x, y, zoom int }

func (s *server) tile(t tile) []byte {
	ctx, cancel := context.WithTimeout(s.ctx, time.Second)
	defer cancel()
	return draw(ctx, t)
}

func draw(ctx context.Context, t tile) []byte {
	select {
	case <-ctx.Done():
		return nil
	default:
		return []byte{byte(t.x), byte(t.y)}
	}
}

func main() {
	boot.Serve()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s := &server{ctx: ctx}
	for n := 0; ; n++ {
		s.tile(tile{x: n, y: n, zoom: 3})
		if n%12 == 0 {
			time.Sleep(2 * time.Millisecond)
		}
	}
}
