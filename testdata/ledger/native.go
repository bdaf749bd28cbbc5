//go:build cgo

package main

/*
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// On the thread that runs main: brk, as long as each block is small.
static void hold(size_t bytes, size_t block) {
	for (size_t held = 0; held < bytes; held += block) memset(malloc(block), 1, block);
}

static void *holder(void *bytes) {
	hold((size_t)bytes, 1000);
	sleep(100000);
	return NULL;
}

// Each thread gets an arena of its own, up to eight a core.
static void hold_in_threads(size_t bytes, int threads) {
	for (int i = 0; i < threads; i++) {
		pthread_t t;
		pthread_create(&t, NULL, holder, (void *)(bytes / threads));
	}
}

static void *deep_stack(void *bytes) {
	volatile char page[(size_t)bytes];
	for (size_t i = 0; i < sizeof page; i += 1024) page[i] = 1;
	sleep(100000);
	return NULL;
}

static void stacks(int threads, size_t bytes) {
	for (int i = 0; i < threads; i++) {
		pthread_t t;
		pthread_create(&t, NULL, deep_stack, (void *)bytes);
	}
}

// Objects of 96 bytes that begin with a pointer into the binary and hold text.
static void records(size_t bytes) {
	for (size_t held = 0; held < bytes; held += 96) {
		char *p = malloc(88);
		*(void **)p = (void *)&hold;
		strcpy(p + 8, "customer-record-of-a-session");
	}
}
*/
import "C"

import (
	"runtime"
	"time"
)

func init() {
	runtime.LockOSThread()
	modes["malloc-brk"] = func() { C.hold(size, 1000) }
	modes["malloc-large"] = func() { C.hold(size, 1<<20) }
	modes["malloc-arenas"] = func() { C.hold_in_threads(size, 4); time.Sleep(2 * time.Second) }
	modes["threads"] = func() { C.stacks(50, size/50); time.Sleep(2 * time.Second) }
	modes["grow-malloc"] = func() { grow(func() { C.hold(1<<20, 1000) }) }
	modes["grow-records"] = func() { grow(func() { C.records(1 << 20) }) }
}
