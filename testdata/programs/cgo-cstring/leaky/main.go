// A service that writes an audit trail through a C logger. The logger copies what it needs; the copy that C.CString made for
// the call belongs to nobody.
package main

/*
#include <stdlib.h>
#include <string.h>

static unsigned long written;

static void audit_log(int level, const char *text) {
	written += strlen(text) + level;
}
*/
import "C"

import (
	"fmt"
	"strings"
	"time"

	"example.com/zoo/internal/boot"
)

type audit struct{ level int }

func (a *audit) record(user int, action string) {
	text := fmt.Sprintf("user=%d action=%s", user, action)
	C.audit_log(C.int(a.level), C.CString(text)) //leak:allocates
}

func main() {
	boot.Serve()
	a := &audit{level: 2}
	query := strings.Repeat("select balance from accounts; ", 60)
	for user := 0; ; user++ {
		a.record(user, query)
		if user%4 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
}
