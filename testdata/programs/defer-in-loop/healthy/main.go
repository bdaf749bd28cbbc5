// A search indexer whose worker maps one segment after another. The body of the loop is a function of its own, so the
// deferred unmap runs after every segment.
package main

import (
	"bytes"
	"fmt"
	"time"

	"example.com/zoo/internal/boot"
)

type segment struct {
	name string
	data []byte
}

type store struct {
	mapped int
}

func (s *store) open(name string) (*segment, error) {
	if name == "" {
		return nil, fmt.Errorf("a segment needs a name")
	}
	s.mapped++
	return &segment{name: name, data: readSegment(name)}, nil
}

func readSegment(name string) []byte {
	return bytes.Repeat([]byte(name+" word and word "), 500)
}

func (s *store) unmap(g *segment) {
	g.data = nil
	s.mapped--
}

type indexer struct {
	store *store
	words map[string]int
}

func (x *indexer) count(g *segment) {
	for _, word := range []string{"word", "and", "seg"} {
		x.words[word] = bytes.Count(g.data, []byte(word))
	}
}

func (x *indexer) work(names <-chan string) {
	for {
		if err := x.indexOne(<-names); err != nil {
			fmt.Println("skipped:", err)
		}
	}
}

func (x *indexer) indexOne(name string) error {
	seg, err := x.store.open(name)
	if err != nil {
		return err
	}
	defer x.store.unmap(seg)
	x.count(seg)
	return nil
}

func watchFolder(names chan<- string) {
	for n := 0; ; n++ {
		names <- fmt.Sprintf("seg-%07d", n)
		time.Sleep(9 * time.Millisecond)
	}
}

func main() {
	boot.Serve()
	names := make(chan string, 4)
	go watchFolder(names)
	x := &indexer{store: new(store), words: make(map[string]int)}
	x.work(names)
}
