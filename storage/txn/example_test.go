package txn_test

import (
	"errors"
	"fmt"

	"workcell/storage"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// A transaction is run again until it does not conflict, and its result is told to others only after Wait.
func ExampleStore() {
	store, err := txn.Open(storagetest.NewMemory(), txn.Config{})
	if err != nil {
		panic(err)
	}
	defer store.Close()

	greet := func() error {
		tx, err := store.Begin()
		if err != nil {
			return err
		}
		defer tx.Discard()
		if _, found, err := tx.Get([]byte("greeting")); err != nil || found {
			return err
		}
		if err := tx.Put([]byte("greeting"), []byte("hello")); err != nil {
			return err
		}
		announce := storagetest.Told(func(q storage.Sequence, err error) { fmt.Println("durable:", q, err) })
		if _, err := tx.Commit(1700000000000, announce); err != nil {
			return err
		}
		return tx.Wait()
	}
	for err = greet(); errors.Is(err, storage.ErrConflict); err = greet() {
	}
	fmt.Println(err, store.Durable())
	// Output:
	// durable: 1 <nil>
	// <nil> 1
}
