// The market feed whose subscribers stop their ticker.
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
	return &subscriber{name: name, pulse: time.NewTicker(30 * time.Second)}
}

func (s *subscriber) leave() { s.pulse.Stop() }

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		subscribe("anna").leave()
		if n%6 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
