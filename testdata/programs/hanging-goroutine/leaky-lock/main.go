// A ticket counter: one path returns with the lock held, when the event is sold out. From then on every request waits for
// the lock.
package main

import (
	"errors"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

var errSoldOut = errors.New("sold out")

type event struct {
	mu   sync.Mutex
	left int
}

func (e *event) buy(n int) error {
	e.mu.Lock() //leak:blocks
	if e.left < n {
		return errSoldOut
	}
	e.left -= n
	e.mu.Unlock()
	return nil
}

func main() {
	boot.Serve()
	e := &event{left: 40}
	for {
		go e.buy(2) //leak:spawns
		time.Sleep(20 * time.Millisecond)
	}
}
