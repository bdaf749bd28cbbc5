// The health prober that reads and closes the body: one connection serves all probes.
package main

import (
	"io"
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
	resp, err := p.client.Get(p.url)
	if err != nil {
		p.failed++
		return false
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode == http.StatusOK
}

func status(w http.ResponseWriter, _ *http.Request) {
	w.Write([]byte(strings.Repeat("all systems nominal\n", 400)))
}

func main() {
	http.HandleFunc("/status", status)
	url := boot.Serve()
	p := &prober{client: &http.Client{}, url: url + "/status"}
	for {
		p.probe()
		time.Sleep(60 * time.Millisecond)
	}
}
