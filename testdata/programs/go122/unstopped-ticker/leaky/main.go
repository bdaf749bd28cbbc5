// A market feed, built for Go 1.22: each subscriber gets a ticker that is dropped without Stop when the subscriber leaves.
package main

import (
	"time"

	"example.com/zoo122/internal/boot"
)

type subscriber struct {
	name  string
	pulse *time.Ticker
}

func subscribe(name string) *subscriber {
	return &subscriber{name: name, pulse: time.NewTicker(30 * time.Second)} //leak:allocates
}

func (s *subscriber) leave() { s.pulse = nil }

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		subscribe("anna").leave()
		if n%6 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
