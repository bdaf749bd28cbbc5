// A backup of nested folders: each walker goes down one folder after the other and keeps its place on the stack. The folders
// are 150 deep, which takes some seconds, and at the bottom it waits for changes. The stacks are deep but grow no more.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type folder struct {
	name  string
	inner *folder
}

type walker struct {
	id      int
	pace    time.Duration
	changed <-chan time.Time
	saved   int
}

func (w *walker) descend(f *folder) int {
	var block [2048]byte
	for i := range block {
		block[i] = f.name[i%len(f.name)]
	}
	if f.inner == nil {
		return w.watch(block[:])
	}
	time.Sleep(w.pace)
	below := w.descend(f.inner)
	return below + int(block[below%len(block)])
}

func (w *walker) watch(block []byte) int {
	for range w.changed {
		w.saved += len(block)
	}
	return w.saved
}

func nested(depth int) (top *folder) {
	for ; depth > 0; depth-- {
		top = &folder{name: "photos", inner: top}
	}
	return top
}

func main() {
	boot.Serve()
	root := nested(150)
	for id := 0; id < 24; id++ {
		changes := time.NewTicker(time.Second)
		w := &walker{id: id, pace: time.Duration(20+id) * time.Millisecond, changed: changes.C}
		go w.descend(root)
	}
	select {}
}
