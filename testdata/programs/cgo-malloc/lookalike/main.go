// A tile server whose C library keeps the tiles that it has rendered, at most 2000 of them: the cache fills in the first
// seconds, then each new tile takes the place of an old one.
package main

/*
#include <stdlib.h>
#include <string.h>

enum { most_tiles = 2000, tile_bytes = 12000 };

typedef struct { int id; unsigned char *pixels; } tile;
static tile tiles[most_tiles];

static int tile_render(int id) {
	tile *t = &tiles[id % most_tiles];
	if (t->id == id && t->pixels != NULL) return t->pixels[0];
	free(t->pixels);
	t->id = id;
	t->pixels = malloc(tile_bytes);
	memset(t->pixels, id, tile_bytes);
	return t->pixels[0];
}
*/
import "C"

import (
	"time"

	"example.com/zoo/internal/boot"
)

type server struct{ served, bright int }

func (s *server) tile(id int) {
	if C.tile_render(C.int(id)) > 127 {
		s.bright++
	}
	s.served++
}

func main() {
	boot.Serve()
	s := &server{}
	for id := 1; ; id++ {
		s.tile(id)
		time.Sleep(3 * time.Millisecond)
	}
}
