// A scratch-file service: the finalizer of a forgotten file reports to a channel that nobody reads. The first one blocks
// the one goroutine that runs all finalizers, and from then on nothing with a finalizer is ever freed.
package main

import (
	"runtime"
	"time"

	"example.com/zoo/internal/boot"
)

var forgotten = make(chan int)

type scratch struct {
	id   int
	data [6000]byte
}

func report(s *scratch) {
	forgotten <- s.id //leak:blocks
}

func create(id int) *scratch {
	s := &scratch{id: id}           //leak:allocates
	runtime.SetFinalizer(s, report) //leak:registers
	return s
}

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		create(n)
		time.Sleep(5 * time.Millisecond)
	}
}
