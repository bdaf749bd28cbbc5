// A document converter: for each document it starts three workers on a channel of pages and never closes the channel, so
// the workers wait for more pages for ever.
package main

import (
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type page struct{ text []byte }

type document struct {
	pages chan page
	done  sync.WaitGroup
}

func (d *document) worker() {
	words := 0
	for p := range d.pages { //leak:blocks
		words += count(p)
		d.done.Done()
	}
}

func count(p page) int { return len(p.text) / 6 }

func convert(pages int) {
	d := &document{pages: make(chan page)}
	for i := 0; i < 3; i++ {
		go d.worker() //leak:spawns
	}
	for i := 0; i < pages; i++ {
		d.done.Add(1)
		d.pages <- page{text: make([]byte, 200)}
	}
	d.done.Wait()
}

func main() {
	boot.Serve()
	for {
		convert(5)
		time.Sleep(50 * time.Millisecond)
	}
}
