// A price service: it asks two suppliers at once and takes the answer that comes first, or none after a timeout. The
// channel has no room, so whoever answers later waits for ever to hand its answer over.
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
	o := &offer{supplier: supplier, cents: 1999, details: make([]byte, 10_000)} //leak:allocates
	out <- o                                                                    //leak:blocks
}

func bestOffer(n int) (*offer, error) {
	answers := make(chan *offer)
	go ask("north", 2*time.Millisecond, answers)  //leak:spawns
	go ask("south", 12*time.Millisecond, answers) //leak:spawns
	select {
	case o := <-answers:
		return o, nil
	case <-time.After(8 * time.Millisecond):
		return nil, errLate
	}
}

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		bestOffer(n)
		time.Sleep(15 * time.Millisecond)
	}
}
