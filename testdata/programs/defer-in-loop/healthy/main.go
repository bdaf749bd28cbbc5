// The mail fetcher whose loop body is a function of its own: each message is released when it is delivered.
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
	return &message{id: m.next, body: make([]byte, 6000)}
}

func (m *message) release() { m.body = nil }

func deliver(*message) { time.Sleep(3 * time.Millisecond) }

func step(box *mailbox) {
	msg := box.fetch()
	defer msg.release()
	deliver(msg)
}

func main() {
	boot.Serve()
	box := &mailbox{}
	for {
		step(box)
	}
}
