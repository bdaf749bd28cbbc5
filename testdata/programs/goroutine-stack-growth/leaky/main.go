// A chess analyser: a fixed number of searchers, each of which goes one level deeper every few moves and never comes back
// up, so that their stacks get larger and larger.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type position struct {
	board [64]byte
	moves int
}

func search(p position, deeper <-chan time.Time) int {
	var scratch [40]position
	for i := range scratch {
		scratch[i] = p
	}
	<-deeper //leak:blocks
	p.moves++
	return search(p, deeper) + int(scratch[p.moves%40].board[0]) //leak:blocks
}

func main() {
	boot.Serve()
	for i := 0; i < 24; i++ {
		tick := time.NewTicker(time.Duration(60+5*i/2) * time.Millisecond)
		go search(position{}, tick.C) //leak:spawns
	}
	select {}
}
