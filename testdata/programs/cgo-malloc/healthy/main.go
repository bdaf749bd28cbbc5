// The thumbnail service, with the pixels given back on each path.
package main

/*
#include <stdlib.h>
#include <string.h>

typedef struct { int width, height; unsigned char *pixels; } picture;

static picture *picture_decode(const unsigned char *data, size_t n) {
	picture *p = malloc(sizeof(picture));
	p->width = 40 + data[0];
	p->height = 20;
	p->pixels = malloc(p->width * p->height * 4);
	memset(p->pixels, data[n - 1], p->width * p->height * 4);
	return p;
}

static void picture_free(picture *p) {
	free(p->pixels);
	free(p);
}
*/
import "C"

import (
	"errors"
	"time"
	"unsafe"

	"example.com/zoo/internal/boot"
)

var errTooWide = errors.New("picture is too wide")

type upload struct {
	id   int
	data []byte
}

func thumbnail(u upload) (int, error) {
	pic := C.picture_decode((*C.uchar)(unsafe.Pointer(&u.data[0])), C.size_t(len(u.data)))
	defer C.picture_free(pic)
	if pic.width > 100 {
		return 0, errTooWide
	}
	return int(pic.width) * int(pic.height) / 16, nil
}

func main() {
	boot.Serve()
	refused, small := 0, 0
	for id := 0; ; id++ {
		data := make([]byte, 512)
		data[0] = byte(id * 37)
		data[511] = byte(id)
		if _, err := thumbnail(upload{id: id, data: data}); err != nil {
			refused++
		} else {
			small++
		}
		if id%2 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
}
