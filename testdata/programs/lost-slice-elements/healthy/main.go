// The page cache with one table whose window is cleared before it is cut: the pages are freed.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type page struct {
	id   int
	data [4096]byte
}

type table struct {
	name string
	hot  []*page
}

func (t *table) scan(from int) {
	for i := 0; i < 16; i++ {
		t.hot = append(t.hot, &page{id: from + i})
	}
	for i := 1; i < len(t.hot); i++ {
		t.hot[i] = nil
	}
	t.hot = t.hot[:1]
}

func main() {
	boot.Serve()
	t := &table{name: "t"}
	for n := 0; ; n++ {
		t.scan(n * 16)
		time.Sleep(40 * time.Millisecond)
	}
}
