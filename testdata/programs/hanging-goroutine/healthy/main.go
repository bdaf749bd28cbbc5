// The price service whose channel has room for both answers: the late one is dropped and collected.
package main

import (
	"errors"
	"time"

	"example.com/zoo/internal/boot"
)

type offer struct {
	supplier string
	cents    int
	details  []byte
}

var errLate = errors.New("no supplier answered in time")

func ask(supplier string, delay time.Duration, out chan<- *offer) {
	time.Sleep(delay)
	out <- &offer{supplier: supplier, cents: 1999, details: make([]byte, 10_000)}
}

func bestOffer() (*offer, error) {
	answers := make(chan *offer, 2)
	go ask("north", 2*time.Millisecond, answers)
	go ask("south", 12*time.Millisecond, answers)
	select {
	case o := <-answers:
		return o, nil
	case <-time.After(8 * time.Millisecond):
		return nil, errLate
	}
}

func main() {
	boot.Serve()
	for {
		bestOffer()
		time.Sleep(15 * time.Millisecond)
	}
}
