// SPDX-License-Identifier: MIT
// File reads, asked of Go: goroutines that call ReadAt.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

const readSize = 4096

// Memory for reads past the page cache must begin at a multiple of the size of a block.
func alignedMemory() []byte {
	memory := make([]byte, 2*readSize)
	shift := int(uintptr(unsafe.Pointer(&memory[0])) % readSize)
	return memory[readSize-shift : 2*readSize-shift]
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func measure(question, path string, flags, depth int) {
	seconds, err := strconv.ParseFloat(os.Getenv("BENCH_SECONDS"), 64)
	if err != nil {
		seconds = 0.2
	}
	file, err := os.OpenFile(path, os.O_RDONLY|flags, 0)
	check(err)
	defer file.Close()
	status, err := file.Stat()
	check(err)
	blocks := uint64(status.Size()) / readSize
	var all sync.WaitGroup
	var reads int64
	begin := time.Now()
	span := time.Duration(seconds * 1e9)
	for i := 0; i < depth; i++ {
		all.Add(1)
		go func(state uint64) {
			defer all.Done()
			memory := alignedMemory()
			mine := int64(0)
			for mine%16 != 0 || time.Since(begin) < span {
				state ^= state << 13
				state ^= state >> 7
				state ^= state << 17
				_, err := file.ReadAt(memory, int64(state%blocks*readSize))
				check(err)
				mine++
			}
			atomic.AddInt64(&reads, mine)
		}(uint64(i)*0x9e3779b97f4a7c15 + 88172645463325252)
	}
	all.Wait()
	took := float64(time.Since(begin)) / float64(reads)
	fmt.Printf(`{"subject": "go", "question": "%s, %d in flight", "unit": "ns", "value": %.9g}`+"\n",
		question, depth, took)
}

func main() {
	for _, depth := range []int{1, 32, 128} {
		measure("file read, cached", os.Args[1], 0, depth)
		measure("file read, O_DIRECT", os.Args[1], syscall.O_DIRECT, depth)
	}
}
