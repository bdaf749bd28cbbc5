// Pages come through a queue of anything, where no reader of the source can follow them; each table keeps the first of sixteen,
// or all of them when asked to.
package main

import (
	"container/list"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"time"
)

type page struct{ data [2048]byte }

type table struct{ hot []*page }

var (
	tables  []*table
	waiting = list.New()
)

func load() any {
	pages := make([]*page, 16)
	for i := range pages {
		pages[i] = &page{}
	}
	return pages
}

func (t *table) cut(pages []*page) {
	t.hot = pages[:1]
}

func (t *table) keep(pages []*page) {
	t.hot = pages
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, nil)
	fmt.Println("ready")
	whole := len(os.Args) > 1
	for {
		waiting.PushBack(load())
		pages := waiting.Remove(waiting.Front()).([]*page)
		t := &table{}
		if whole {
			t.keep(pages)
		} else {
			t.cut(pages)
		}
		tables = append(tables, t)
		time.Sleep(20 * time.Millisecond)
	}
}
