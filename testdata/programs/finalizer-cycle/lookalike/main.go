// A font cache: faces and glyphs refer to each other, and there is a finalizer, but on a handle that refers to nothing. The
// cycle has none itself, so the collector takes it and the handles are given back.
package main

import (
	"runtime"
	"sync/atomic"
	"time"

	"example.com/zoo/internal/boot"
)

var openHandles atomic.Int64

type handle struct{ id int }

func acquire(id int) *handle {
	h := &handle{id: id}
	openHandles.Add(1)
	runtime.SetFinalizer(h, func(h *handle) { openHandles.Add(-1) })
	return h
}

type glyph struct {
	face   *face
	char   rune
	bitmap []byte
}

type face struct {
	handle *handle
	glyphs []*glyph
}

func load(id int, chars string) *face {
	f := &face{handle: acquire(id)}
	for _, char := range chars {
		f.glyphs = append(f.glyphs, &glyph{face: f, char: char, bitmap: make([]byte, 1024)})
	}
	return f
}

func (f *face) width(text string) (dots int) {
	for _, char := range text {
		for _, g := range f.glyphs {
			if g.char == char {
				dots += len(g.bitmap) / len(g.face.glyphs)
			}
		}
	}
	return dots
}

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		load(n, "aeinorst").width("notorious")
		time.Sleep(5 * time.Millisecond)
	}
}
