// A heap for bench/heap-walk.mjs: about 270 MB in 1.5 million objects at scale 1. Half of the bytes are buffers of
// goroutines that wait, the objects are a map of sessions, a tree and rows of pointers. Prints what the runtime counts
// after a collection, then how long it was not scheduled, as a ticker sees it, and waits for the end of stdin.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"
)

type node struct {
	left, right *node
	value       int
	label       string
}

type session struct {
	id    int
	name  string
	token []byte
	next  *session
}

var (
	sessions = map[string]*session{}
	tree     *node
	rows     [][]*node
	never    = make(chan int)
)

func grow(depth int) *node {
	if depth == 0 {
		return &node{label: "leaf"}
	}
	return &node{left: grow(depth - 1), right: grow(depth - 1), value: depth}
}

//go:noinline
func hold(buffer []byte) {
	<-never
	fmt.Fprint(os.Stderr, len(buffer))
}

func main() {
	scale := 1
	if len(os.Args) > 1 {
		scale, _ = strconv.Atoi(os.Args[1])
	}
	for i := 0; i < scale; i++ {
		rows = append(rows, []*node{grow(19)})
	}
	tree = grow(16)
	for i := 0; i < 20_000*scale; i++ {
		one := &session{id: i, name: "session " + strconv.Itoa(i), token: make([]byte, 2048)}
		sessions[one.name] = one
	}
	for i := 0; i < 50*scale; i++ {
		row := make([]*node, 5000)
		for k := range row {
			row[k] = &node{value: k}
		}
		rows = append(rows, row)
	}
	for i := 0; i < 160*scale; i++ {
		go hold(make([]byte, 1<<20))
	}
	runtime.GC()
	runtime.GC()
	debug.SetGCPercent(-1)
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	json.NewEncoder(os.Stdout).Encode(map[string]uint64{"objects": stats.HeapObjects, "bytes": stats.HeapAlloc})
	go func() {
		last := time.Now()
		var longest time.Duration
		for {
			time.Sleep(time.Millisecond)
			now := time.Now()
			if gap := now.Sub(last); gap > longest && gap > 10*time.Millisecond {
				longest = gap
				fmt.Println("gap", float64(gap)/1e6)
			}
			last = now
		}
	}()
	bufio.NewReader(os.Stdin).ReadByte()
}
