// A heap with one of everything that a walk must understand. It collects, prints one JSON line with the runtime's own
// counts, and waits on stdin: each line "stats" prints again, the end of stdin ends it. Arguments: scale (default 1).
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
)

type Node struct {
	left, right *Node
	value       int
	label       string
}

type Session struct {
	id    int
	name  string
	token []byte
	owner interface{}
	next  *Session
}

type Cache struct {
	mu       sync.Mutex
	sessions map[string]*Session
	byID     map[int]Session
}

type Wide struct {
	pointers [100]*Node
	tail     [100]int
}

type Static struct {
	list []*Session
	byID map[int]*Session
}

type handler func(*Session) int

var (
	cache    = &Cache{sessions: map[string]*Session{}, byID: map[int]Session{}}
	static   = &Static{byID: map[int]*Session{}}
	tree     *Node
	matrix   [][]*Node
	wides    []*Wide
	wideRows []Wide
	huge     *[80000]*Node
	parts    []string
	handlers []handler
	anything []interface{}
	made     reflect.Value
	queue    = make(chan *Session, 64)
	never    = make(chan int)
	locked   sync.Mutex
	cond     = sync.NewCond(&sync.Mutex{})
	group    sync.WaitGroup
	canceled []context.Context
	timers   []*time.Timer
)

func grow(depth int) *Node {
	if depth == 0 {
		return &Node{label: "leaf"}
	}
	return &Node{left: grow(depth - 1), right: grow(depth - 1), value: depth}
}

//go:noinline
func waitForever(size int, ready *sync.WaitGroup) {
	buffer := make([]byte, size)
	ready.Done()
	<-never
	fmt.Fprint(os.Stderr, len(buffer))
}

//go:noinline
func deferMany(count int, ready *sync.WaitGroup) {
	for i := 0; i < count; i++ {
		one := &Session{id: i, name: "deferred"}
		defer func() { fmt.Fprint(os.Stderr, one.id) }()
	}
	ready.Done()
	<-never
}

//go:noinline
func deep(depth int, held *Session, ready *sync.WaitGroup) int {
	mine := &Session{id: depth, next: held}
	if depth == 0 {
		ready.Done()
		<-never
		return mine.id
	}
	result := deep(depth-1, mine, ready)
	runtime.KeepAlive(mine)
	return result
}

func fill(scale int) {
	tree = grow(14)
	for i := 0; i < 20000*scale; i++ {
		one := &Session{id: i, name: "session " + strconv.Itoa(i), token: make([]byte, 32)}
		if i%4 == 0 {
			one.owner = &Node{value: i}
		} else if i%4 == 1 {
			one.owner = i
		}
		cache.sessions[one.name] = one
		if i%10 == 0 {
			cache.byID[i] = *one
			static.list = append(static.list, one)
			static.byID[i] = one
		}
	}
	for row := 0; row < 64; row++ {
		line := make([]*Node, 500*scale)
		for i := range line {
			line[i] = &Node{value: i}
		}
		matrix = append(matrix, line)
	}
	for i := 0; i < 50; i++ {
		wide := &Wide{}
		for k := range wide.pointers {
			wide.pointers[k] = &Node{value: k}
		}
		wides = append(wides, wide)
	}
	wideRows = make([]Wide, 40)
	for i := range wideRows {
		wideRows[i].pointers[99] = &Node{value: i}
	}
	huge = new([80000]*Node)
	for i := 0; i < len(huge); i += 10 {
		huge[i] = &Node{value: i}
	}
	for i := 0; i < 100; i++ {
		text := strings.Repeat("x", 10000)
		parts = append(parts, text[100:116])
	}
	for i := 0; i < 1000; i++ {
		one := &Session{id: i}
		handlers = append(handlers, func(other *Session) int { return one.id + other.id })
	}
	for i := 0; i < 1000; i++ {
		switch i % 5 {
		case 0:
			anything = append(anything, &Session{id: i})
		case 1:
			anything = append(anything, Session{id: i})
		case 2:
			anything = append(anything, strconv.Itoa(i))
		case 3:
			anything = append(anything, map[string]int{strconv.Itoa(i): i})
		case 4:
			anything = append(anything, []*Node{{value: i}})
		}
	}
	field := reflect.StructField{Name: "Inner", Type: reflect.TypeOf(&Node{})}
	other := reflect.StructField{Name: "Pad", Type: reflect.TypeOf([100]*Node{})}
	dynamic := reflect.StructOf([]reflect.StructField{field, other})
	made = reflect.MakeSlice(reflect.SliceOf(reflect.PtrTo(dynamic)), 500, 500)
	for i := 0; i < 500; i++ {
		one := reflect.New(dynamic)
		one.Elem().Field(0).Set(reflect.ValueOf(&Node{value: i}))
		made.Index(i).Set(one)
	}
	for i := 0; i < 40; i++ {
		queue <- &Session{id: i, name: "queued"}
	}
	for i := 0; i < 100; i++ {
		file := &Node{value: i, left: &Node{label: "finalized"}}
		runtime.SetFinalizer(file, func(one *Node) { _ = one.value })
		if i%2 == 0 {
			anything = append(anything, file)
		}
	}
	parent, cancel := context.WithCancel(context.Background())
	_ = cancel
	for i := 0; i < 200; i++ {
		child, stop := context.WithCancel(parent)
		_ = stop
		canceled = append(canceled, child)
	}
	for i := 0; i < 300; i++ {
		one := &Session{id: i, name: "timed"}
		timers = append(timers, time.AfterFunc(time.Hour+time.Duration(i), func() { _ = one.id }))
	}
}

func park() {
	var ready sync.WaitGroup
	for i := 0; i < 100; i++ {
		ready.Add(1)
		go waitForever(1<<16, &ready)
	}
	for i := 0; i < 5; i++ {
		ready.Add(2)
		go deferMany(200, &ready)
		go deep(50, nil, &ready)
	}
	locked.Lock()
	group.Add(1)
	for i := 0; i < 3; i++ {
		go func() { locked.Lock(); defer locked.Unlock() }()
		go func() { group.Wait() }()
		go func() { cond.L.Lock(); cond.Wait() }()
		go func() {
			other := make(chan string)
			select {
			case <-never:
			case text := <-other:
				fmt.Fprint(os.Stderr, text)
			}
		}()
		go func(number int) { never2 := make(chan *Session); never2 <- &Session{id: number, name: "sent"} }(i)
		go func() { time.Sleep(time.Hour) }()
	}
	ready.Wait()
	time.Sleep(100 * time.Millisecond)
}

func printStats() {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
		"objects": stats.HeapObjects, "bytes": stats.HeapAlloc, "inuse": stats.HeapInuse,
		"goroutines": runtime.NumGoroutine(), "version": runtime.Version(),
	})
}

func main() {
	scale := 1
	if len(os.Args) > 1 {
		scale, _ = strconv.Atoi(os.Args[1])
	}
	fill(scale)
	park()
	// What printing needs is made before the count, so that it is part of it.
	printStats()
	debug.SetGCPercent(-1)
	for i := 0; i < 3; i++ {
		runtime.GC()
		time.Sleep(50 * time.Millisecond)
	}
	printStats()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		printStats()
	}
}
