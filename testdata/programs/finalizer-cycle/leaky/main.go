// A texture store: each texture has a finalizer to give its slot back, and texture and tile refer to each other, so the
// finalizer never runs and nothing is freed.
package main

import (
	"runtime"
	"time"

	"example.com/zoo/internal/boot"
)

type texture struct {
	slot   int
	pixels [8192]byte
	tile   *tile
}

type tile struct {
	x, y    int
	texture *texture
}

func free(t *texture) { t.slot = -1 }

func newTile(x, y int) *tile {
	tex := &texture{slot: x} //leak:allocates
	t := &tile{x: x, y: y, texture: tex}
	tex.tile = t                                        //leak:retains
	runtime.SetFinalizer(tex, free)                     //leak:registers
	runtime.SetFinalizer(t, func(t *tile) { t.x = -1 }) //leak:registers
	return t
}

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		newTile(n, n)
		time.Sleep(7 * time.Millisecond)
	}
}
