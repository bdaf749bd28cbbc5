// A market feed on Go 1.23 or later that drops its tickers without Stop: the collector takes them, nothing grows.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type subscriber struct {
	name  string
	pulse *time.Ticker
}

func subscribe(name string) *subscriber {
	return &subscriber{name: name, pulse: time.NewTicker(30 * time.Second)}
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
