// The texture store without the reference back: the finalizers run and everything is freed.
package main

import (
	"runtime"
	"time"

	"example.com/zoo/internal/boot"
)

type texture struct {
	slot   int
	pixels [8192]byte
}

type tile struct {
	x, y    int
	texture *texture
}

func free(t *texture) { t.slot = -1 }

func newTile(x, y int) *tile {
	tex := &texture{slot: x}
	runtime.SetFinalizer(tex, free)
	return &tile{x: x, y: y, texture: tex}
}

func main() {
	boot.Serve()
	for n := 0; ; n++ {
		newTile(n, n)
		time.Sleep(7 * time.Millisecond)
	}
}
