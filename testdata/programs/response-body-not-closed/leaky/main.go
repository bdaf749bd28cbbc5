// A health prober: it asks a backend for its status and looks at the status code only. The body of the answer is never
// closed, so each probe costs a connection with its two goroutines.
package main

import (
	"net/http"
	"strings"
	"time"

	"example.com/zoo/internal/boot"
)

type prober struct {
	client *http.Client
	url    string
	failed int
}

func (p *prober) probe() bool {
	resp, err := p.client.Get(p.url) //leak:retains
	if err != nil {
		p.failed++
		return false
	}
	return resp.StatusCode == http.StatusOK
}

func status(w http.ResponseWriter, _ *http.Request) {
	w.Write([]byte(strings.Repeat("all systems nominal\n", 400)))
}

func main() {
	http.HandleFunc("/status", status)
	url := boot.Serve()
	p := &prober{client: &http.Client{Timeout: 0}, url: url + "/status"}
	for {
		p.probe()
		time.Sleep(60 * time.Millisecond)
	}
}
