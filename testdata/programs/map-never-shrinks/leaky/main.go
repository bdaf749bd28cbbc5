// A session table after an attack: a million short sessions came and went, and the empty map keeps its buckets. A profile
// sees a large map that does not grow and cannot tell an empty one from a full one.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type session struct{ user, expires int64 }

type table struct{ byID map[int64]session }

func (t *table) open(id int64) {
	t.byID[id] = session{user: id, expires: id + 60} //leak:retains
}

func (t *table) expire() {
	for id := range t.byID {
		delete(t.byID, id)
	}
}

func main() {
	boot.Serve()
	t := &table{byID: map[int64]session{}}
	for id := int64(0); id < 1_000_000; id++ {
		t.open(id)
	}
	t.expire()
	for id := int64(0); ; id++ {
		t.open(id)
		time.Sleep(5 * time.Millisecond)
		t.expire()
	}
}
