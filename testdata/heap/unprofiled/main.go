// A worker without any profile: nothing in it reads one, so the linker turned the sampling of allocations off. With the
// argument `finish` it forgets what is done.
package main

import (
	"fmt"
	"os"
	"time"
)

type order struct {
	id   int
	body []byte
}

type desk struct{ open map[int]*order }

var counter = &desk{open: map[int]*order{}}

func main() {
	finishes := len(os.Args) > 1 && os.Args[1] == "finish"
	fmt.Println("started", os.Getpid())
	for id := 0; ; id++ {
		counter.open[id] = &order{id: id, body: make([]byte, 4_000)}
		if finishes {
			delete(counter.open, id-1000)
		}
		time.Sleep(time.Millisecond)
	}
}
