// A video relay with a sliding window of frames. window[1:] leaves frames behind in the array, but append soon moves the
// window to a new array and the old one goes with all its lost frames: a small saw-tooth, no growth.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

const windowLength = 60

type frame struct {
	number int
	pixels []byte
}

func camera(frames chan<- *frame) {
	for n := 0; ; n++ {
		f := &frame{number: n, pixels: make([]byte, 32<<10)}
		f.pixels[n%len(f.pixels)] = 0xff
		frames <- f
		time.Sleep(20 * time.Millisecond)
	}
}

func motion(window []*frame) (changed int) {
	for i := 1; i < len(window); i++ {
		a, b := window[i-1].pixels, window[i].pixels
		for at := 0; at < len(a); at += 512 {
			if a[at] != b[at] {
				changed++
			}
		}
	}
	return changed
}

func main() {
	boot.Serve()
	frames := make(chan *frame)
	go camera(frames)
	var window []*frame
	alarms := 0
	for f := range frames {
		window = append(window, f)
		if len(window) > windowLength {
			window = window[1:]
		}
		if motion(window) > 40 {
			alarms++
		}
	}
}
