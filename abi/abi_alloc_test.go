//go:build !race

package abi_test

import (
	"testing"

	"workcell/abi"
)

func TestPairsAlloc(t *testing.T) {
	buf, key, value := make([]byte, 0, 64), []byte("key"), []byte("value")
	if n := testing.AllocsPerRun(100, func() {
		filled := abi.AppendPair(buf, key, value)
		if _, _, _, ok := abi.NextPair(filled); !ok {
			t.Fatal("not a pair")
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
