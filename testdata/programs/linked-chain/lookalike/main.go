// A text editor server with undo: every edit links to the version before it. The chain is cut after 400 versions, which
// is reached after some five seconds.
package main

import (
	"fmt"
	"time"

	"example.com/zoo/internal/boot"
)

const undoDepth = 400

type version struct {
	text     []byte
	previous *version
}

type document struct {
	current *version
	depth   int
}

func (d *document) edit(change func(text []byte) []byte) {
	text := append([]byte(nil), d.current.text...)
	d.current = &version{text: change(text), previous: d.current}
	d.depth++
	d.trim()
}

func (d *document) undo() {
	if d.current.previous != nil {
		d.current = d.current.previous
		d.depth--
	}
}

func (d *document) trim() {
	if d.depth <= undoDepth {
		return
	}
	v := d.current
	for range undoDepth {
		v = v.previous
	}
	v.previous = nil
	d.depth = undoDepth
}

func typist(d *document) {
	for n := 0; ; n++ {
		d.edit(func(text []byte) []byte {
			copy(text[n%(len(text)-16):], fmt.Sprintf("edit %d", n))
			return text
		})
		if n%25 == 24 {
			d.undo()
		}
		time.Sleep(11 * time.Millisecond)
	}
}

func main() {
	boot.Serve()
	typist(&document{current: &version{text: make([]byte, 16<<10)}})
}
