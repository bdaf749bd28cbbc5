// A heap that never stands still: goroutines allocate, stacks grow and shrink, timers fire, channels pass, the collector
// runs. A part that never changes can be counted by who looks at it: 100000 nodes in main.steady. Says "ready" as JSON.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

type Steady struct {
	next  *Steady
	value int
}

type Churn struct {
	left, right *Churn
	payload     []byte
	any         interface{}
}

var (
	steady  *Steady
	passing = make(chan *Churn, 16)
	turns   int64
)

func build(depth int) *Churn {
	one := &Churn{payload: make([]byte, depth*16)}
	if depth > 0 {
		one.left, one.right = build(depth-1), build(depth-1)
		one.any = depth
	}
	return one
}

//go:noinline
func deep(depth int, held *Churn) int {
	var pad [64]int
	pad[depth%64] = depth
	if depth == 0 {
		runtime.Gosched()
		return len(held.payload)
	}
	return deep(depth-1, &Churn{left: held}) + pad[depth%64]
}

func main() {
	for i := 0; i < 100000; i++ {
		steady = &Steady{next: steady, value: i}
	}
	for worker := 0; worker < 4; worker++ {
		go func() {
			var kept [32]*Churn
			byTurn := map[int]*Churn{}
			for i := 0; ; i++ {
				kept[i%len(kept)] = build(6)
				byTurn[i%500] = kept[i%len(kept)]
				passing <- kept[i%len(kept)]
				deep(i%200, kept[0])
				atomic.AddInt64(&turns, 1)
				// Without a rest they outrun the finalizers, and the heap grows for ever.
				time.Sleep(2 * time.Millisecond)
			}
		}()
	}
	go func() {
		for one := range passing {
			runtime.SetFinalizer(one, func(*Churn) { atomic.AddInt64(&turns, 1) })
			go func() { _ = deep(20, one) }()
			time.AfterFunc(time.Millisecond, func() { atomic.AddInt64(&turns, int64(len(one.payload))) })
		}
	}()
	time.Sleep(500 * time.Millisecond)
	say := func() { fmt.Printf("{\"objects\":%d,\"version\":%q}\n", atomic.LoadInt64(&turns), runtime.Version()) }
	say()
	say()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		say()
	}
}
