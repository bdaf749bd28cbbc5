// A page cache of a small database: the window of hot pages is cut to its last entries, and the whole window is kept per
// table for statistics. The cut slots still point to their pages.
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

type database struct{ tables []*table }

func load(id int) *page {
	return &page{id: id} //leak:allocates
}

func (t *table) scan(from int) {
	pages := make([]*page, 0, 16)
	for i := 0; i < 16; i++ {
		pages = append(pages, load(from+i))
	}
	t.hot = pages[:1] //leak:retains
}

func (db *database) open(n int) {
	t := &table{name: "t"}
	t.scan(n * 16)
	db.tables = append(db.tables, t) //leak:retains
}

func main() {
	boot.Serve()
	db := &database{}
	for n := 0; ; n++ {
		db.open(n)
		time.Sleep(40 * time.Millisecond)
	}
}
