// The session table that starts over with a new map when it was emptied.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type session struct{ user, expires int64 }

type table struct{ byID map[int64]session }

func (t *table) open(id int64) {
	t.byID[id] = session{user: id, expires: id + 60}
}

func (t *table) expire() {
	t.byID = make(map[int64]session)
}

func main() {
	boot.Serve()
	t := &table{byID: map[int64]session{}}
	for id := int64(0); ; id++ {
		t.open(id)
		if id%100 == 99 {
			t.expire()
		}
		time.Sleep(2 * time.Millisecond)
	}
}
