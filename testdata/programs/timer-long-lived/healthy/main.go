// The cart service that stops the timer when the cart is paid.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type cart struct {
	id    int
	items []byte
	drop  *time.Timer
}

func (c *cart) expire() { c.items = nil }

func open(id int) *cart {
	c := &cart{id: id, items: make([]byte, 8000)}
	c.drop = time.AfterFunc(2*time.Hour, c.expire)
	return c
}

func pay(c *cart) int {
	c.drop.Stop()
	return len(c.items) * 3
}

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		pay(open(n))
		time.Sleep(6 * time.Millisecond)
	}
}
