// A crawler that visits a fixed list of sites once and shows their titles on a board. The title is cut out of the page
// without a copy, so every few bytes on the board keep a whole page of 15 KB alive.
package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"example.com/zoo/internal/boot"
)

const siteCount = 14000

type site struct {
	host  string
	title string
	seen  time.Time
}

type board struct {
	sites []site
}

func newBoard() *board {
	b := &board{sites: make([]site, siteCount)}
	for i := range b.sites {
		b.sites[i].host = fmt.Sprintf("site-%05d.example", i)
		b.sites[i].title = "(not visited: " + b.sites[i].host + ")"
	}
	return b
}

func (b *board) post(i int, title string) {
	s := &b.sites[i]
	s.title = title //leak:retains
	s.seen = time.Now()
}

func servePage(w http.ResponseWriter, r *http.Request) {
	host := r.URL.Query().Get("host")
	fmt.Fprintf(w, "<html><head><title>Welcome to %s</title></head><body>", host)
	io.WriteString(w, strings.Repeat("<p>lorem ipsum dolor sit amet</p>\n", 450))
	io.WriteString(w, "</body></html>")
}

func fetch(base, host string) (string, error) {
	resp, err := http.Get(base + "/page?host=" + host)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	return string(raw), nil //leak:allocates
}

func titleOf(page string) string {
	from := strings.Index(page, "<title>")
	to := strings.Index(page, "</title>")
	if from < 0 || to < from {
		return "untitled"
	}
	return page[from+len("<title>") : to]
}

func (b *board) visit(base string, i int) {
	page, err := fetch(base, b.sites[i].host)
	if err != nil {
		return
	}
	b.post(i, titleOf(page))
}

func main() {
	http.HandleFunc("/page", servePage)
	base := boot.Serve()
	b := newBoard()
	next := 0
	for range time.Tick(10 * time.Millisecond) {
		b.visit(base, next%siteCount)
		next++
	}
}
