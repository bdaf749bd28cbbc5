// A flight recorder: a ring of 3000 records that appends until it is full after some six seconds, and from then on
// overwrites the oldest record.
package main

import (
	"fmt"
	"time"

	"example.com/zoo/internal/boot"
)

const ringSize = 3000

type record struct {
	sequence  int
	text      string
	registers []uint64
}

type recorder struct {
	ring []*record
	next int
}

func (r *recorder) write(rec *record) {
	if len(r.ring) < ringSize {
		r.ring = append(r.ring, rec)
		return
	}
	r.ring[r.next] = rec
	r.next = (r.next + 1) % ringSize
}

func (r *recorder) oldest() *record {
	if len(r.ring) < ringSize {
		return r.ring[0]
	}
	return r.ring[r.next]
}

func readInstruments(sequence int) *record {
	rec := &record{
		sequence:  sequence,
		text:      fmt.Sprintf("altitude %d heading %d", 9000+sequence%50, sequence%360),
		registers: make([]uint64, 240),
	}
	for i := range rec.registers {
		rec.registers[i] = uint64(sequence * i)
	}
	return rec
}

func fly(into *recorder) {
	for sequence := 0; ; sequence++ {
		into.write(readInstruments(sequence))
		if into.oldest().sequence > sequence {
			panic("the ring is out of order")
		}
		time.Sleep(1900 * time.Microsecond)
	}
}

func main() {
	boot.Serve()
	fly(new(recorder))
}
