// A delivery tracker on Go 1.23 or later that calls time.After in its loop: the collector takes a timer that nobody waits
// for any more, although it would have fired in half an hour only.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type position struct{ van, street int }

type tracker struct {
	positions chan position
	last      map[int]int
	silent    int
}

func (t *tracker) follow() {
	for {
		select {
		case p := <-t.positions:
			t.last[p.van] = p.street
		case <-time.After(30 * time.Minute):
			t.silent++
		}
	}
}

func drive(van int, out chan<- position) {
	for street := 0; ; street++ {
		out <- position{van: van, street: street % 900}
		if street%8 == 0 {
			time.Sleep(8 * time.Millisecond)
		}
	}
}

func main() {
	boot.Serve()
	t := &tracker{positions: make(chan position), last: make(map[int]int)}
	go t.follow()
	for van := 0; van < 5; van++ {
		go drive(van, t.positions)
	}
	select {}
}
