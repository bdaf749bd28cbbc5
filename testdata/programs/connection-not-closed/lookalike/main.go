// A print shop: workers hand their pages to a spooler over TCP and keep the connection for the next page. Workers come on
// shift one by one in the first seconds; then everyone has a connection and the pool of connections stays as large.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

const shift = 70

type link struct {
	net.Conn
	replies *bufio.Reader
}

type links struct {
	mu   sync.Mutex
	idle []*link
	addr string
}

func (l *links) take() (*link, error) {
	l.mu.Lock()
	if last := len(l.idle) - 1; last >= 0 {
		found := l.idle[last]
		l.idle[last], l.idle = nil, l.idle[:last]
		l.mu.Unlock()
		return found, nil
	}
	l.mu.Unlock()
	conn, err := net.Dial("tcp", l.addr)
	if err != nil {
		return nil, err
	}
	return &link{Conn: conn, replies: bufio.NewReaderSize(conn, 16<<10)}, nil
}

func (l *links) put(used *link) {
	l.mu.Lock()
	l.idle = append(l.idle, used)
	l.mu.Unlock()
}

func (l *links) print(page int) error {
	c, err := l.take()
	if err != nil {
		return err
	}
	fmt.Fprintf(c, "page %d\n", page)
	if _, err := c.replies.ReadString('\n'); err != nil {
		c.Close()
		return err
	}
	l.put(c)
	return nil
}

func spool(conn net.Conn) {
	defer conn.Close()
	jobs := bufio.NewScanner(conn)
	for jobs.Scan() {
		time.Sleep(100 * time.Millisecond)
		io.WriteString(conn, "printed "+jobs.Text()+"\n")
	}
}

func main() {
	boot.Serve()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go spool(conn)
		}
	}()
	l := &links{addr: listener.Addr().String()}
	for worker := 0; worker < shift; worker++ {
		go func() {
			for page := 0; ; page++ {
				l.print(page)
			}
		}()
		time.Sleep(100 * time.Millisecond)
	}
	select {}
}
