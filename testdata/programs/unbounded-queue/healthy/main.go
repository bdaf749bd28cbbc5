// The thumbnail service with a bounded channel: when it is full, the upload is refused.
package main

import (
	"time"

	"example.com/zoo/internal/boot"
)

type upload struct {
	name   string
	pixels []byte
}

func scale(u *upload) int {
	time.Sleep(20 * time.Millisecond)
	return len(u.pixels) / 4
}

func main() {
	boot.Serve()
	waiting := make(chan *upload, 32)
	go func() {
		for u := range waiting {
			scale(u)
		}
	}()
	refused := 0
	for {
		select {
		case waiting <- &upload{name: "cat.jpg", pixels: make([]byte, 12_000)}:
		default:
			refused++
		}
		time.Sleep(8 * time.Millisecond)
	}
}
