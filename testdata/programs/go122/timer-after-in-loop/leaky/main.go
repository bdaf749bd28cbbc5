// A message bus, built for Go 1.22: each message waits for its handler with a timeout by time.After, and each timer lives
// for its ten minutes although the handler answered at once.
package main

import (
	"time"

	"example.com/zoo122/internal/boot"
)

type bus struct{ answers chan int }

func (b *bus) handle(n int) { b.answers <- n }

func (b *bus) dispatch(n int) int {
	go b.handle(n)
	select {
	case answer := <-b.answers:
		return answer
	case <-time.After(10 * time.Minute): //leak:allocates
		return -1
	}
}

func main() {
	boot.Serve()
	b := &bus{answers: make(chan int)}
	for n := 0; ; n++ {
		b.dispatch(n)
		if n%6 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
