// What the rule of hanging goroutines promises: executed by `static-rules.test.ts`, printed on its page.
import type { StaticRule } from '../static-rule.ts';

export const hangingExamples: StaticRule['examples'] = {
  leaks: [
    `import "time"

func ask(question string) string {
	answer := make(chan string)
	go func() {
		answer <- work(question) //want
	}()
	select {
	case a := <-answer:
		return a
	case <-time.After(time.Second):
		return ""
	}
}

func work(string) string { return "" }`,
    `func fetchAll(urls []string) error {
	errs := make(chan error)
	for _, u := range urls {
		go func() {
			errs <- fetch(u) //want
		}()
	}
	for range urls {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

func fetch(string) error { return nil }`,
    `type document struct{ pages chan int }

func (d *document) worker() {
	for page := range d.pages { //want
		println(page)
	}
}

func convert(pages int) {
	d := &document{pages: make(chan int)}
	go d.worker()
	for i := range pages {
		d.pages <- i
	}
}`,
    `import (
	"errors"
	"sync"
)

type event struct {
	mu   sync.Mutex
	left int
}

func (e *event) buy(n int) error {
	e.mu.Lock() //want
	if e.left < n {
		return errors.New("sold out")
	}
	e.left -= n
	e.mu.Unlock()
	return nil
}`,
    `import "sync"

func each(urls []string) {
	var wg sync.WaitGroup
	for _, u := range urls {
		wg.Add(1)
		go func() {
			if u == "" {
				return //want
			}
			println(u)
			wg.Done()
		}()
	}
	wg.Wait()
}`,
    `import "time"

type poller struct{ ticker *time.Ticker }

func newPoller() *poller {
	p := &poller{ticker: time.NewTicker(time.Second)}
	go p.loop() //want
	return p
}

func (p *poller) loop() {
	for range p.ticker.C {
		println("poll")
	}
}

func (p *poller) Close() { p.ticker.Stop() }`,
    `import (
	"net/http"
	"time"
)

func handle(w http.ResponseWriter, r *http.Request) {
	go func() { //want
		for {
			time.Sleep(time.Second)
			println(r.URL.Path)
		}
	}()
}`,
    `func wait() {
	var done chan bool
	<-done //want
}`,
  ],
  fine: [
    `import (
	"net/http"
	"time"
)

func handle(w http.ResponseWriter, r *http.Request) {
	go func() {
		for r.Context().Err() == nil {
			time.Sleep(time.Second)
		}
	}()
}`,
    `import "time"

func ask(question string) string {
	answer := make(chan string, 1)
	go func() { answer <- work(question) }()
	select {
	case a := <-answer:
		return a
	case <-time.After(time.Second):
		return ""
	}
}

func work(string) string { return "" }`,
    `func ask() string {
	answer := make(chan string)
	quit := make(chan bool)
	defer close(quit)
	go func() {
		select {
		case answer <- "yes":
		case <-quit:
		}
	}()
	if tooLate() {
		return ""
	}
	return <-answer
}

func tooLate() bool { return false }`,
    `func sum(parts []int) (total int) {
	out := make(chan int)
	for _, p := range parts {
		go func() { out <- p }()
	}
	for range parts {
		total += <-out
	}
	return total
}`,
    `type pool struct{ tasks chan func() }

func newPool() *pool {
	p := &pool{tasks: make(chan func())}
	go p.work()
	return p
}

func (p *pool) work() {
	for task := range p.tasks {
		task()
	}
}

func (p *pool) Submit(task func()) { p.tasks <- task }

func (p *pool) Close() { close(p.tasks) }`,
    `import "sync"

type event struct {
	mu   sync.Mutex
	left int
}

func (e *event) buy(n int) bool {
	e.mu.Lock()
	if e.left < n {
		e.mu.Unlock()
		return false
	}
	e.left -= n
	e.mu.Unlock()
	return true
}`,
    `import "time"

type poller struct {
	ticker *time.Ticker
	quit   chan bool
}

func newPoller() *poller {
	p := &poller{ticker: time.NewTicker(time.Second), quit: make(chan bool)}
	go p.loop()
	return p
}

func (p *poller) loop() {
	for {
		select {
		case <-p.ticker.C:
		case <-p.quit:
			return
		}
	}
}

func (p *poller) Close() { close(p.quit) }`,
    `import "sync"

func each(jobs chan string) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for j := range jobs {
			if j == "" {
				return
			}
		}
	}()
	wg.Wait()
}`,
  ],
};
