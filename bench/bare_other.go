//go:build !linux

package main

import "errors"

func openBare(string, int) (store, error) {
	return nil, errors.New("the bare disk is measured by fdatasync, on Linux")
}
