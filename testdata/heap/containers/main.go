// Containers with known numbers of entries.
package main

import (
	"bufio"
	"container/list"
	"fmt"
	"os"
	"runtime"
	"sync"
)

type session struct{ data [100]byte }

type named map[string]*session

type server struct {
	sessions map[int]*session
	byName   named
	queue    chan *session
	recent   list.List
}

var (
	main1 = &server{sessions: map[int]*session{}, byName: named{}, queue: make(chan *session, 500)}
	order = list.New()
	jobs  []*session
	users sync.Map
)

func main() {
	for i := 0; i < 5000; i++ {
		main1.sessions[i] = &session{}
	}
	for i := 0; i < 6; i++ {
		main1.byName[fmt.Sprint(i)] = &session{}
	}
	for i := 0; i < 300; i++ {
		main1.queue <- &session{}
		order.PushBack(&session{})
	}
	for i := 0; i < 2000; i++ {
		jobs = append(jobs, &session{})
	}
	for i := 0; i < 1100; i++ {
		users.Store(i, &session{})
	}
	for i := 0; i < 100; i++ {
		users.Delete(i)
	}
	runtime.GC()
	input := bufio.NewScanner(os.Stdin)
	for {
		fmt.Printf("{\"objects\":0,\"bytes\":0,\"inuse\":0,\"goroutines\":1,\"version\":%q}\n", runtime.Version())
		if fmt.Printf("{\"objects\":0,\"bytes\":0,\"inuse\":0,\"goroutines\":1,\"version\":%q}\n", runtime.Version()); !input.Scan() {
			return
		}
	}
}
