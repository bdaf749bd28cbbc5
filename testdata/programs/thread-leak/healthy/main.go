// The device poller with one reader a device and a fixed number of devices.
package main

import (
	"os"
	"time"

	"example.com/zoo/internal/boot"
)

func listen(in *os.File) {
	buf := make([]byte, 128)
	for {
		if _, err := in.Read(buf); err != nil {
			return
		}
	}
}

func main() {
	boot.Serve()
	var outs []*os.File
	for i := 0; i < 8; i++ {
		in, out, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		outs = append(outs, out)
		go listen(in)
	}
	for n := 0; ; n++ {
		outs[n%8].Write([]byte("42"))
		time.Sleep(20 * time.Millisecond)
	}
}
