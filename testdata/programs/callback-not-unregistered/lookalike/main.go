// A plug-in host that loads its 120 plug-ins one after another during six seconds. Each registers a hook for good, and
// after the last one no more hooks come.
package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

type hook func(document string) int

var (
	hooksMu sync.RWMutex
	hooks   []hook
)

func register(h hook) {
	hooksMu.Lock()
	defer hooksMu.Unlock()
	hooks = append(hooks, h)
}

func run(document string) (total int) {
	hooksMu.RLock()
	defer hooksMu.RUnlock()
	for _, h := range hooks {
		total += h(document)
	}
	return total
}

type plugin interface {
	install()
}

type wordCounter struct {
	word   string
	scores []int32
}

func (c *wordCounter) install() {
	register(func(document string) int {
		n := strings.Count(document, c.word)
		c.scores[n%len(c.scores)]++
		return n
	})
}

func loadPlugins(count int) {
	for n := range count {
		var p plugin = &wordCounter{word: fmt.Sprintf("w%d", n), scores: make([]int32, 16<<10)}
		p.install()
		time.Sleep(50 * time.Millisecond)
	}
}

func main() {
	boot.Serve()
	go loadPlugins(120)
	for n := 0; ; n++ {
		run(fmt.Sprintf("w%d w%d some text in between w%d", n%120, n%7, n%50))
		time.Sleep(4 * time.Millisecond)
	}
}
