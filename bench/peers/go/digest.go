// SPDX-License-Identifier: MIT
// The digest of every file below a folder, asked of Go: a goroutine for each CPU that reads and
// hashes, the lines in the order of the walk. usage: digest_go <folder>
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

type file struct {
	path   string
	digest chan string
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func hashFiles(files <-chan file) {
	memory := make([]byte, 1<<20)
	for next := range files {
		source, err := os.Open(next.path)
		check(err)
		state := sha256.New()
		// Without its ReadFrom and WriteTo, so that the memory is used.
		_, err = io.CopyBuffer(struct{ io.Writer }{state}, struct{ io.Reader }{source}, memory)
		check(err)
		check(source.Close())
		next.digest <- hex.EncodeToString(state.Sum(nil))
	}
}

func main() {
	files := make(chan file, 1024)
	inOrder := make(chan file, 1024)
	for i := 0; i < runtime.NumCPU(); i++ {
		go hashFiles(files)
	}
	go func() {
		check(filepath.WalkDir(os.Args[1], func(path string, entry fs.DirEntry, err error) error {
			check(err)
			if entry.Type().IsRegular() {
				next := file{path, make(chan string, 1)}
				inOrder <- next
				files <- next
			}
			return nil
		}))
		close(inOrder)
		close(files)
	}()
	out := bufio.NewWriter(os.Stdout)
	for next := range inOrder {
		fmt.Fprintf(out, "%s  %s\n", <-next.digest, next.path)
	}
	check(out.Flush())
}
