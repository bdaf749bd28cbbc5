// A cart service: each cart is to be dropped after two hours without a checkout. The timer of a cart that was paid is
// never stopped, so its items stay until it fires.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type cart struct {
	id    int
	items []byte
}

func (c *cart) expire() { c.items = nil }

func open(id int) *cart {
	c := &cart{id: id, items: make([]byte, 8000)}      //leak:allocates
	time.AfterFunc(2*time.Hour, func() { c.expire() }) //leak:retains
	return c
}

func pay(c *cart) int { return len(c.items) * 3 }

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		pay(open(n))
		time.Sleep(6 * time.Millisecond)
	}
}
