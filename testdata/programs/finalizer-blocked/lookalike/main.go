// A scanner whose finalizer waits until the archive has been mounted, four seconds after the start. Finalized sheets pile up
// until then; then all of them go through, and the finalizer no longer waits.
package main

import (
	"runtime"
	"sync/atomic"
	"time"

	"example.com/zoo/internal/boot"
)

type archive struct {
	mounted chan struct{}
	stored  atomic.Int64
}

func (a *archive) mount() {
	time.Sleep(4 * time.Second)
	close(a.mounted)
}

func (a *archive) note(number int) {
	<-a.mounted
	a.stored.Add(int64(number & 1))
}

type sheet struct {
	number int
	image  [7000]byte
}

type scanner struct{ archive *archive }

func (s *scanner) scan(number int) *sheet {
	sh := &sheet{number: number}
	for i := range sh.image {
		sh.image[i] = byte(number + i)
	}
	runtime.SetFinalizer(sh, func(gone *sheet) { s.archive.note(gone.number) })
	return sh
}

func brightness(sh *sheet) (sum int) {
	for _, dot := range sh.image {
		sum += int(dot)
	}
	return sum / len(sh.image)
}

func main() {
	boot.Serve()
	a := &archive{mounted: make(chan struct{})}
	go a.mount()
	s := &scanner{archive: a}
	for n := 0; ; n++ {
		brightness(s.scan(n))
		time.Sleep(5 * time.Millisecond)
	}
}
