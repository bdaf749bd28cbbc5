// A map server whose cache of tiles warms up to its bound of 3600 tiles in about eight seconds; from then on every new
// tile evicts the one that was not used for longest.
package main

import (
	"container/list"
	"fmt"
	"math/rand"
	"sync"
	"time"

	"example.com/zoo/internal/boot"
)

const maxTiles = 3600

type coordinate struct {
	zoom, x, y int
}

type tile struct {
	at    coordinate
	image []byte
}

type tileCache struct {
	mu     sync.Mutex
	byAt   map[coordinate]*list.Element
	recent *list.List
}

func (c *tileCache) get(at coordinate, draw func(coordinate) *tile) *tile {
	c.mu.Lock()
	defer c.mu.Unlock()
	if hit, ok := c.byAt[at]; ok {
		c.recent.MoveToFront(hit)
		return hit.Value.(*tile)
	}
	t := draw(at)
	c.byAt[at] = c.recent.PushFront(t)
	if c.recent.Len() > maxTiles {
		oldest := c.recent.Back()
		delete(c.byAt, c.recent.Remove(oldest).(*tile).at)
	}
	return t
}

func drawTile(at coordinate) *tile {
	t := &tile{at: at, image: make([]byte, 3<<10)}
	copy(t.image, fmt.Sprintf("PNG %d/%d/%d", at.zoom, at.x, at.y))
	return t
}

func wander(c *tileCache, zoom int) {
	for {
		at := coordinate{zoom, rand.Intn(1000), rand.Intn(1000)}
		c.get(at, drawTile)
		c.get(at, drawTile)
		time.Sleep(6700 * time.Microsecond)
	}
}

func main() {
	boot.Serve()
	c := &tileCache{byAt: make(map[coordinate]*list.Element), recent: list.New()}
	for _, zoom := range []int{10, 12} {
		go wander(c, zoom)
	}
	wander(c, 14)
}
