// The scratch-file service whose finalizer drops the report when nobody reads.
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
	select {
	case forgotten <- s.id:
	default:
	}
}

func create(id int) *scratch {
	s := &scratch{id: id}
	runtime.SetFinalizer(s, report)
	return s
}

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		create(n)
		time.Sleep(5 * time.Millisecond)
	}
}
