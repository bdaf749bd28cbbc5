// The chess analyser whose searchers go to a bounded depth and come back.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type position struct {
	board [64]byte
	moves int
}

func search(p position, depth int) int {
	var scratch [40]position
	for i := range scratch {
		scratch[i] = p
	}
	if depth == 0 {
		return int(scratch[p.moves%40].board[0])
	}
	p.moves++
	return search(p, depth-1) + int(scratch[p.moves%40].board[0])
}

func main() {
	boot.Serve()
	for i := 0; i < 24; i++ {
		go func() {
			for n := 0; ; n++ {
				search(position{}, 5+n%5)
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	select {}
}
