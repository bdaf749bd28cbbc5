// A webhook sender that makes a new transport for each delivery. The bodies are closed, but each transport keeps its idle
// connection open, and nobody will ever use it again.
package main

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"example.com/zoo/internal/boot"
)

type hook struct{ url string }

func (h hook) deliver(payload []byte) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: 2}}           //leak:retains
	resp, err := client.Post(h.url, "application/json", bytes.NewReader(payload)) //leak:allocates
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func main() {
	http.HandleFunc("/hook", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
	})
	h := hook{url: boot.Serve() + "/hook"}
	for {
		h.deliver([]byte(`{"event":"paid"}`))
		time.Sleep(50 * time.Millisecond)
	}
}
