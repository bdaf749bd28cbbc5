// A device poller: it opens a pipe per device and reads it with the bare system call, which the runtime's poller does not
// know. Each reader that waits costs a thread.
package main

import (
	"runtime"
	"syscall"
	"time"

	"example.com/zoo/internal/boot"
)

type device struct{ in, out int }

func open() (*device, error) {
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		return nil, err
	}
	return &device{in: fds[0], out: fds[1]}, nil
}

func (d *device) listen() {
	runtime.LockOSThread()
	buf := make([]byte, 128)
	for {
		if _, err := syscall.Read(d.in, buf); err != nil { //leak:blocks
			return
		}
	}
}

func main() {
	boot.Serve()
	for {
		if d, err := open(); err == nil {
			go d.listen() //leak:spawns
		}
		time.Sleep(250 * time.Millisecond)
	}
}
