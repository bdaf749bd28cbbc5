// An audio mixer whose players join one after another during six seconds, each with a block of 64 KB from a sync.Pool in
// constant use. All blocks have the same size: with the last of 100 players the memory stops growing.
package main

import (
	"sync"
	"sync/atomic"
	"time"

	"example.com/zoo/internal/boot"
)

const (
	players     = 100
	blockFrames = 16 << 10
)

type block [blockFrames]float32

var blocks = sync.Pool{New: func() any { return new(block) }}

type mixer struct {
	mixed atomic.Int64
}

func (m *mixer) mix(b *block) {
	var loud int64
	for i := 0; i < len(b); i += 64 {
		if b[i] > 0.5 {
			loud++
		}
	}
	m.mixed.Add(loud)
}

func synthesize(b *block, player, tick int) {
	for i := 0; i < len(b); i += 64 {
		b[i] = float32((i*player+tick)%100) / 100
	}
}

func (m *mixer) play(player int) {
	for tick := 0; ; tick++ {
		b := blocks.Get().(*block)
		synthesize(b, player, tick)
		time.Sleep(90 * time.Millisecond)
		m.mix(b)
		blocks.Put(b)
	}
}

func main() {
	boot.Serve()
	m := new(mixer)
	for player := range players {
		go m.play(player)
		time.Sleep(60 * time.Millisecond)
	}
	for range time.Tick(time.Second) {
		m.mixed.Store(0)
	}
}
