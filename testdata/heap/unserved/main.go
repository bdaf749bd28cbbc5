// A worker that serves no pprof and listens on nothing: what leaks in it can only be seen in its memory.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"time"
)

type order struct {
	id   int
	body []byte
}

type desk struct{ open map[int]*order }

var counter = &desk{open: map[int]*order{}}

func (d *desk) take(id int) {
	d.open[id] = &order{id: id, body: make([]byte, 16_000)} //leak:retains
}

func confirm(done chan int) {
	<-done //leak:blocks
}

func main() {
	if len(os.Args) > 1 {
		// Makes the linker keep the profiler.
		_ = pprof.WriteHeapProfile(io.Discard)
	}
	fmt.Println("started", os.Getpid())
	for id := 0; ; id++ {
		counter.take(id)
		if id%20 == 0 {
			go confirm(make(chan int)) //leak:spawns
		}
		if id%1000 == 999 {
			// Work that makes garbage: a service collects it all the time.
			for i := 0; i < 2000; i++ {
				_ = fmt.Sprint(make([]byte, 1000))
			}
		}
		time.Sleep(time.Millisecond)
	}
}
