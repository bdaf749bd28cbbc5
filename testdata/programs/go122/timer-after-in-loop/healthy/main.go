// The message bus with one timer that is stopped when the answer is there.
package main

import (
	"time"

	"example.com/zoo122/internal/boot"
)

type bus struct{ answers chan int }

func (b *bus) handle(n int) { b.answers <- n }

func (b *bus) dispatch(n int) int {
	go b.handle(n)
	timeout := time.NewTimer(10 * time.Minute)
	defer timeout.Stop()
	select {
	case answer := <-b.answers:
		return answer
	case <-timeout.C:
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
