// A telemetry broker whose "last messages" page shows the head of recent payloads. The heads do keep whole payloads
// alive, but only the last 300 of them: 7 MB after five seconds and not more.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

const keep = 300

type preview struct {
	topic string
	head  []byte
}

var lastMessages struct {
	sync.Mutex
	slots [keep]preview
	next  int
}

func publish(topic string, payload []byte) {
	lastMessages.Lock()
	defer lastMessages.Unlock()
	lastMessages.slots[lastMessages.next%keep] = preview{topic, payload[:40]}
	lastMessages.next++
}

func receive(device, reading int) []byte {
	line := fmt.Sprintf("device=%d reading=%d unit=mbar ", device, reading)
	return bytes.Repeat([]byte(line), (24<<10)/len(line))
}

func showLast(w http.ResponseWriter, _ *http.Request) {
	lastMessages.Lock()
	defer lastMessages.Unlock()
	for _, p := range lastMessages.slots {
		fmt.Fprintf(w, "%s %s\n", p.topic, p.head)
	}
}

func watchPage(url string) {
	for range time.Tick(time.Second) {
		resp, err := http.Get(url)
		if err != nil {
			continue
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

func main() {
	http.HandleFunc("/last", showLast)
	base := boot.Serve()
	go watchPage(base + "/last")
	for reading := 0; ; reading++ {
		device := reading % 11
		publish(fmt.Sprintf("plant/%d", device), receive(device, reading))
		time.Sleep(16 * time.Millisecond)
	}
}
