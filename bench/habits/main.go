// Healthy programs that cut slices: what each habit leaves behind in slots that no slice shows. Each instance is a goroutine
// in constant use.
//
//	habits HABIT INSTANCES
package main

import (
	"bytes"
	"container/heap"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"time"
)

type item struct {
	rank int
	body [240]byte
	self *item
}

func fresh() *item { return &item{rank: rand.Int()} }

// run gives an instance its turn again and again: each call of step is one use.
func run(instances int, make func() func()) {
	for i := 0; i < instances; i++ {
		step := make()
		go func() {
			for {
				for n := 0; n < 50; n++ {
					step()
				}
				time.Sleep(time.Duration(5+rand.Intn(10)) * time.Millisecond)
			}
		}()
	}
}

// A queue about as long as it was: most are taken as fast as they come.
func fifo(cleared bool) func() func() {
	return func() func() {
		q := []*item{}
		return func() {
			if len(q) < 20 || len(q) < 200 && rand.Intn(2) == 0 {
				q = append(q, fresh())
				return
			}
			if cleared {
				q[0] = nil
			}
			q = q[1:]
		}
	}
}

func sliding() func() {
	w := []*item{}
	return func() {
		w = append(w, fresh())
		if len(w) > 60 {
			w = w[1:]
		}
	}
}

func batches(cleared bool) func() func() {
	return func() func() {
		b := make([]*item, 0, 64)
		return func() {
			b = append(b, fresh())
			if len(b) == cap(b) {
				if cleared {
					clear(b)
				}
				b = b[:0]
			}
		}
	}
}

func stacks() func() {
	s := []*item{}
	return func() {
		if len(s) == 0 || len(s) < 100 && rand.Intn(2) == 0 {
			s = append(s, fresh())
		} else {
			s = s[:len(s)-1]
		}
	}
}

// What is taken from the list is in use for a moment, and comes back.
func lists() func() {
	free := []*item{}
	used := make([]*item, 0, 32)
	return func() {
		if len(used) < cap(used) && rand.Intn(2) == 0 {
			if len(free) == 0 {
				used = append(used, fresh())
				return
			}
			used = append(used, free[len(free)-1])
			free = free[:len(free)-1]
		} else if len(used) > 0 {
			free = append(free, used[len(used)-1])
			used = used[:len(used)-1]
		}
	}
}

type ranks struct {
	items   []*item
	cleared bool
}

func (r *ranks) Len() int           { return len(r.items) }
func (r *ranks) Less(i, j int) bool { return r.items[i].rank < r.items[j].rank }
func (r *ranks) Swap(i, j int)      { r.items[i], r.items[j] = r.items[j], r.items[i] }
func (r *ranks) Push(x any)         { r.items = append(r.items, x.(*item)) }
func (r *ranks) Pop() any {
	last := r.items[len(r.items)-1]
	if r.cleared {
		r.items[len(r.items)-1] = nil
	}
	r.items = r.items[:len(r.items)-1]
	return last
}

func heaps(cleared bool) func() func() {
	return func() func() {
		r := &ranks{cleared: cleared}
		return func() {
			if r.Len() < 20 || r.Len() < 200 && rand.Intn(2) == 0 {
				heap.Push(r, fresh())
			} else {
				heap.Pop(r)
			}
		}
	}
}

func removes(remove func(list []*item, at int) []*item) func() func() {
	return func() func() {
		list := []*item{}
		return func() {
			if len(list) < 20 || len(list) < 200 && rand.Intn(2) == 0 {
				list = append(list, fresh())
			} else {
				list = remove(list, rand.Intn(len(list)))
			}
		}
	}
}

func filters() func() {
	list := []*item{}
	return func() {
		list = append(list, fresh())
		if len(list) < 100 {
			return
		}
		kept := list[:0]
		for _, one := range list {
			if one.rank%2 == 0 {
				kept = append(kept, one)
			}
		}
		list = kept
	}
}

func rings() func() {
	r := make([]*item, 128)
	at := 0
	return func() {
		r[at%len(r)] = fresh()
		at++
	}
}

func pools(instances int) {
	for i := 0; i < instances; i++ {
		jobs := make(chan *item, 64)
		for worker := 0; worker < 4; worker++ {
			go func() {
				for job := range jobs {
					runtime.KeepAlive(job)
				}
			}()
		}
		run(1, func() func() { return func() { jobs <- fresh() } })
	}
}

// A service with the library's own habits: HTTP, JSON, templates, sorting.
func serve(clients int) {
	page := template.Must(template.New("page").Parse("{{range .}}<li>{{.}}</li>{{end}}"))
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var names []string
		if err := json.NewDecoder(r.Body).Decode(&names); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		slices.Sort(names)
		page.Execute(w, names)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, nil)
	for i := 0; i < clients; i++ {
		client := &http.Client{Transport: &http.Transport{}}
		run(1, func() func() {
			return func() {
				names := []string{}
				for n := 0; n < 20; n++ {
					names = append(names, strconv.Itoa(rand.Int()))
				}
				body, _ := json.Marshal(names)
				answer, err := client.Post("http://"+listener.Addr().String(), "application/json", bytes.NewReader(body))
				if err != nil {
					panic(err)
				}
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			}
		})
	}
}

func main() {
	runtime.MemProfileRate = 0
	instances, _ := strconv.Atoi(os.Args[2])
	switch habit := os.Args[1]; habit {
	case "queue", "queueCleared":
		run(instances, fifo(habit == "queueCleared"))
	case "window":
		run(instances, sliding)
	case "batch", "batchCleared":
		run(instances, batches(habit == "batchCleared"))
	case "stack":
		run(instances, stacks)
	case "freeList":
		run(instances, lists)
	case "heap", "heapCleared":
		run(instances, heaps(habit == "heapCleared"))
	case "deleteByHand":
		run(instances, removes(func(list []*item, at int) []*item { return append(list[:at], list[at+1:]...) }))
	case "slicesDelete":
		run(instances, removes(func(list []*item, at int) []*item { return slices.Delete(list, at, at+1) }))
	case "swapRemove":
		run(instances, removes(func(list []*item, at int) []*item {
			list[at] = list[len(list)-1]
			return list[:len(list)-1]
		}))
	case "filter":
		run(instances, filters)
	case "ring":
		run(instances, rings)
	case "channel":
		pools(instances)
	case "service":
		serve(instances)
	default:
		panic(habit)
	}
	time.Sleep(time.Second)
	fmt.Println("ready")
	time.Sleep(time.Hour)
}
