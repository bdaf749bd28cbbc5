// A renderer with a fixed set of drawing surfaces: each belongs to one thread and is opened when its turn comes, five a
// second. After six seconds all thirty are there and no thread is added any more.
package main

import (
	"runtime"
	"time"

	"example.com/zoo/internal/boot"
)

const surfaces = 30

type frame struct {
	number int
	done   chan<- int
}

type surface struct {
	id     int
	frames chan frame
	drawn  int
}

func (s *surface) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for f := range s.frames {
		s.drawn++
		f.done <- f.number ^ s.id
	}
}

type renderer struct{ open []*surface }

func (r *renderer) add() {
	s := &surface{id: len(r.open), frames: make(chan frame)}
	r.open = append(r.open, s)
	go s.run()
}

func (r *renderer) draw(number int) int {
	done := make(chan int, 1)
	r.open[number%len(r.open)].frames <- frame{number: number, done: done}
	return <-done
}

func main() {
	boot.Serve()
	r := &renderer{}
	for number := 0; ; number++ {
		if number%20 == 0 && len(r.open) < surfaces {
			r.add()
		}
		r.draw(number)
		time.Sleep(10 * time.Millisecond)
	}
}
