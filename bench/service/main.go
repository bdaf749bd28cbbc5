// A busy service with a live heap of about 200 MiB: workers decode, allocate and look up as fast as they can, and the
// operations of each second are printed. What a diagnosis costs it shows in them.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"sync/atomic"
	"time"
)

type order struct {
	ID    int               `json:"id"`
	Items []string          `json:"items"`
	Notes map[string]string `json:"notes"`
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("listening http://%s\n", listener.Addr())
	go http.Serve(listener, nil)
	store := make([][]byte, 100_000)
	for i := range store {
		store[i] = make([]byte, 2000)
	}
	text, _ := json.Marshal(order{ID: 7, Items: []string{"apples", "pears"}, Notes: map[string]string{"gift": "yes"}})
	var operations atomic.Int64
	for worker := range 2 {
		go func() {
			for n := worker; ; n++ {
				var o order
				if json.Unmarshal(text, &o) == nil {
					store[n%len(store)] = make([]byte, 2000)
					operations.Add(1)
				}
			}
		}()
	}
	for range time.Tick(time.Second) {
		fmt.Printf("operations %d\n", operations.Swap(0))
	}
}
