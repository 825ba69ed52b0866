package storagetest

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"workcell/storage/txn"
)

// operation is one transaction on one of a few hot registers, and what came of it.
type operation struct {
	kind     byte // 'r'ead, 'w'rite, 'c'ompare and swap
	register string
	old, to  string

	read string // by 'r'
	done bool   // by 'c'
}

// registers is the model: independent registers, each a string that is empty at first.
var registers = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := map[string][]porcupine.Operation{}
		for _, o := range history {
			register := o.Input.(operation).register
			parts[register] = append(parts[register], o)
		}
		var all [][]porcupine.Operation
		for _, part := range parts {
			all = append(all, part)
		}
		return all
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		in, out, now := input.(operation), output.(operation), state.(string)
		switch in.kind {
		case 'r':
			return out.read == now, now
		case 'w':
			return true, in.to
		default:
			if in.old == now {
				return out.done, in.to
			}
			return !out.done, now
		}
	},
	DescribeOperation: func(_, output any) string { return fmt.Sprintf("%+v", output) },
}

// testHistory lets goroutines read, write and swap a few registers, a transaction each, and searches the history for an
// order that explains it: every transaction at one moment between its Begin and the return of its Commit.
func testHistory(t *testing.T, s *txn.Store) {
	const clients, operations, hot = 8, 60, 3
	var clock atomic.Int64
	history := make([][]porcupine.Operation, clients)
	var group sync.WaitGroup
	for c := range clients {
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(c)))
			last := [hot]string{}
			for i := range operations {
				register := random.IntN(hot)
				o := operation{
					kind: "rwcc"[random.IntN(4)], register: fmt.Sprintf("r%d", register),
					old: last[register], to: fmt.Sprintf("%d-%d", c, i),
				}
				called := clock.Add(1)
				out, err := o.run(s)
				returned := clock.Add(1)
				if err != nil {
					t.Error(err)
					return
				}
				switch {
				case o.kind == 'r':
					last[register] = out.read
				case o.kind == 'w' || out.done:
					last[register] = o.to
				}
				history[c] = append(history[c], porcupine.Operation{ClientId: c, Input: o, Call: called, Output: out, Return: returned})
			}
		})
	}
	group.Wait()
	var all []porcupine.Operation
	for _, part := range history {
		all = append(all, part...)
	}
	const patience = time.Minute // a search takes some milliseconds; without an end it could take for ever
	if result := porcupine.CheckOperationsTimeout(registers, all, patience); result != porcupine.Ok {
		t.Fatalf("the history of %d operations is not linearizable: %s", len(all), result)
	}
}

// run does o in a transaction, as often as it takes.
func (o operation) run(s *txn.Store) (out operation, err error) {
	err = retry(s, nil, func(tx *txn.Txn) error {
		out = o
		var now string
		if o.kind != 'w' {
			value, _, err := tx.Get([]byte(o.register))
			if err != nil {
				return err
			}
			now = string(value)
		}
		runtime.Gosched() // let others come between
		switch {
		case o.kind == 'r':
			out.read = now
			return nil
		case o.kind == 'c' && now != o.old:
			return nil
		}
		out.done = true
		return tx.Put([]byte(o.register), []byte(o.to))
	})
	return out, err
}
