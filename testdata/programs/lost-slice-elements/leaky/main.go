// An audit forwarder with one batch per tenant. A batch is cut to length 0 after it was shipped, but its slots still
// point to the shipped events, and most tenants send once a day: the events of every tenant stay in memory.
package main

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"time"

	"example.com/zoo/internal/boot"
)

const (
	tenantCount = 900
	batchSize   = 16
)

type event struct {
	tenant int
	action string
	before []byte
	after  []byte
}

type shipper interface {
	ship(tenant int, events []*event) error
}

type checksumShipper struct{ sum uint32 }

func (c *checksumShipper) ship(tenant int, events []*event) error {
	for _, e := range events {
		c.sum = crc32.Update(c.sum, crc32.IEEETable, e.after)
	}
	return nil
}

type tenantBatch struct {
	id      int
	pending []*event
}

type forwarder struct {
	out     shipper
	tenants []*tenantBatch
}

func newForwarder(out shipper) *forwarder {
	f := &forwarder{out: out}
	for id := 0; id < tenantCount; id++ {
		f.tenants = append(f.tenants, &tenantBatch{id: id, pending: make([]*event, 0, batchSize)})
	}
	return f
}

func (f *forwarder) record(e *event) error {
	t := f.tenants[e.tenant]
	t.pending = append(t.pending, e)
	if len(t.pending) < batchSize {
		return nil
	}
	return f.flush(t)
}

func (f *forwarder) flush(t *tenantBatch) error {
	if err := f.out.ship(t.id, t.pending); err != nil {
		return err
	}
	t.pending = t.pending[:0] //leak:retains
	return nil
}

func snapshot(tenant, n int) *event {
	row := fmt.Appendf(nil, "tenant=%d;row=%d;state=ok\n", tenant, n)
	return &event{
		tenant: tenant,
		action: fmt.Sprintf("update-%d", n),
		before: bytes.Repeat(row, (8<<10)/len(row)), //leak:allocates
		after:  bytes.Repeat(row, (8<<10)/len(row)), //leak:allocates
	}
}

func main() {
	boot.Serve()
	f := newForwarder(new(checksumShipper))
	for n := 0; ; n++ {
		tenant := n / batchSize % tenantCount
		if err := f.record(snapshot(tenant, n)); err != nil {
			fmt.Println(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
