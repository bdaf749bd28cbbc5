// A mail fetcher: it works through the mailbox for ever in one function and releases each message with a defer, which
// runs when the function returns: never.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type message struct {
	id   int
	body []byte
}

type mailbox struct{ next int }

func (m *mailbox) fetch() *message {
	m.next++
	return &message{id: m.next, body: make([]byte, 6000)} //leak:allocates
}

func (m *message) release() { m.body = nil }

func deliver(*message) { time.Sleep(3 * time.Millisecond) }

func work(box *mailbox) {
	for {
		msg := box.fetch()
		defer msg.release() //leak:defers
		deliver(msg)
	}
}

func main() {
	boot.Serve()
	work(&mailbox{})
}
