// SPDX-License-Identifier: MIT
// A call into a thread, asked of Go: a goroutine sends each call over a channel to another one,
// which may run on another thread, and waits for the answer on a channel of its own.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type call struct {
	value  int
	answer chan int
}

//go:noinline
func job(value int) int { return value + 1 }

func measure(calls chan call, window int) {
	seconds, err := strconv.ParseFloat(os.Getenv("BENCH_SECONDS"), 64)
	if err != nil {
		seconds = 0.2
	}
	span := time.Duration(seconds * 1e9)
	var all sync.WaitGroup
	var count int64
	begin := time.Now()
	for i := 0; i < window; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			answer := make(chan int, 1)
			value := 0
			mine := int64(0)
			for mine%16 != 0 || time.Since(begin) < span {
				calls <- call{value, answer}
				value = <-answer
				mine++
			}
			atomic.AddInt64(&count, mine)
		}()
	}
	all.Wait()
	took := float64(time.Since(begin)) / float64(count)
	fmt.Printf(`{"subject": "go, channels", "question": "call into a thread, %d in flight", `+
		`"unit": "ns", "value": %.9g}`+"\n", window, took)
}

func main() {
	calls := make(chan call, 1024)
	go func() {
		for next := range calls {
			next.answer <- job(next.value)
		}
	}()
	for _, window := range []int{1, 64, 1000, 10000} {
		measure(calls, window)
	}
}
