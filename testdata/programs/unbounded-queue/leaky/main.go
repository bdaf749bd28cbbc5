// A mail relay: four clients hand in letters faster than the one upstream connection takes them, and the outbox accepts
// everything, so the backlog grows for as long as the load stays.
package main

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type letter struct {
	to   string
	body []byte
}

type outbox struct {
	mu      sync.Mutex
	filled  *sync.Cond
	waiting []*letter
}

func newOutbox() *outbox {
	o := new(outbox)
	o.filled = sync.NewCond(&o.mu)
	return o
}

func (o *outbox) put(l *letter) {
	o.mu.Lock()
	o.waiting = append(o.waiting, l) //leak:retains
	o.mu.Unlock()
	o.filled.Signal()
}

func (o *outbox) take() *letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.waiting) == 0 {
		o.filled.Wait()
	}
	l := o.waiting[0]
	o.waiting[0] = nil
	o.waiting = o.waiting[1:]
	return l
}

func compose(client, n int) *letter {
	line := fmt.Sprintf("Dear customer %d, your order %d is on its way.\r\n", client, n)
	return &letter{
		to:   fmt.Sprintf("customer-%d@example.com", n),
		body: bytes.Repeat([]byte(line), 80), //leak:allocates
	}
}

func client(id int, o *outbox) {
	for n := 0; ; n++ {
		o.put(compose(id, n))
		time.Sleep(10 * time.Millisecond)
	}
}

type upstream struct{ sent int }

func (u *upstream) deliver(l *letter) {
	time.Sleep(7 * time.Millisecond) // the round trip of one delivery
	u.sent += len(l.body)
}

func main() {
	boot.Serve()
	o := newOutbox()
	for id := range 4 {
		go client(id, o)
	}
	u := new(upstream)
	for {
		u.deliver(o.take())
	}
}
