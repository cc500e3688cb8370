// SPDX-License-Identifier: MIT
// The questions of spawn.cpp, yield.cpp and timers.cpp, asked of Go: goroutines on one CPU, in CPU
// time of the process (its garbage collector included).
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// Repeats `round`, which does `items` things, for the measured span; reports what one took.
func measure(question string, items int, round func()) {
	seconds, err := strconv.ParseFloat(os.Getenv("BENCH_SECONDS"), 64)
	if err != nil {
		seconds = 0.2
	}
	round()
	begin := cpuTime()
	rounds := 0
	for cpuTime()-begin < time.Duration(seconds*1e9) {
		round()
		rounds++
	}
	took := float64(cpuTime()-begin) / float64(rounds) / float64(items)
	fmt.Printf(`{"subject": "go", "question": "%s", "unit": "ns", "value": %.9g}`+"\n", question, took)
}

func spawnAndJoin(count int) {
	var all sync.WaitGroup
	all.Add(count)
	for i := 0; i < count; i++ {
		go all.Done()
	}
	all.Wait()
}

func yieldTogether(tasks, times int) {
	var all sync.WaitGroup
	all.Add(tasks)
	for i := 0; i < tasks; i++ {
		go func() {
			defer all.Done()
			for n := 0; n < times; n++ {
				runtime.Gosched()
			}
		}()
	}
	all.Wait()
}

func armAndStop(timers []*time.Timer) {
	for i := range timers {
		span := time.Second + time.Duration(i*7919%3600000000)*time.Microsecond
		if timers[i] == nil {
			timers[i] = time.AfterFunc(span, func() {})
		} else {
			timers[i].Reset(span)
		}
	}
	for _, one := range timers {
		one.Stop()
	}
}

func sleepTogether(count int) {
	var all sync.WaitGroup
	all.Add(count)
	for i := 0; i < count; i++ {
		span := time.Millisecond + time.Duration(i*7919%10000)*time.Microsecond
		go func() {
			defer all.Done()
			time.Sleep(span)
		}()
	}
	all.Wait()
}

func main() {
	runtime.GOMAXPROCS(1)
	measure("spawn + join, per task, n = 1000", 1000, func() { spawnAndJoin(1000) })
	measure("spawn + join, per task, n = 1000000", 1000000, func() { spawnAndJoin(1000000) })
	measure("yield, 1 task", 1000, func() { yieldTogether(1, 1000) })
	measure("yield, 1000 tasks", 100000, func() { yieldTogether(1000, 100) })
	timers := make([]*time.Timer, 1000000)
	measure("timer armed and cancelled, 1000000 at once", len(timers), func() { armAndStop(timers) })
	measure("sleep, 100000 tasks at once", 100000, func() { sleepTogether(100000) })
}
