// Package txn runs serializable transactions on a storage.Engine: optimistic, with one global order of commits.
//
// # The algorithm
//
// Begin loads start, the last published commit, and then pins a snapshot: all commits up to start are in it, later ones
// may be. Reads go to the snapshot and the transaction's own writes, and are noted: a key as one of 16 Ki slots, a scan
// as the exact range it has visited. What the transaction had overwritten itself before it read it is not a read.
//
// Commit compares the ranges with the keys of the commits since start, in steps that hold nobody up for long. Then it
// takes the commit mutex and
//
//  1. validates: no slot it read was written, and no key of a later commit lies in a range it read, after start; for
//     ranges only the few commits are left that came since the comparison;
//  2. takes the next sequence and adds the rows that know it: the attached one and the last-commit row;
//  3. applies the writes to the engine, which makes them visible and puts them into the log in this order;
//  4. publishes: slots, keys of the commit, the new last commit; and queues the commit for the syncer.
//
// # Why it is serializable
//
// The order is that of the sequences. A transaction that commits as n has read a snapshot with all commits up to start;
// validation has found that none of start+1 .. n-1 wrote anything it read. So it would have read the same just before n,
// while it held the mutex: as if it had run there, alone. Ranges are compared with keys, not with slots, so a new key in
// a scanned range (a phantom) is found. A transaction that only reads is consistent as it is: commits are applied whole
// and in order, so its snapshot is the state after some commit.
//
// Three orders carry this. start is loaded before the snapshot is pinned: a commit in between is checked although it was
// seen, which costs a re-run; the other way round a commit could be missed. Publishing comes after the apply: else a
// transaction could start at n without n in its snapshot, pass validation, and overwrite n (a lost update). Visible is
// loaded after the snapshot, from a number that moves before the apply: so it is never less than what was seen.
//
// Slots may collide, ranges beyond maxRanges are joined, the keys of old commits are forgotten (Config.RecentCommits), and
// a range delete conflicts with every reader beside it; all these can only cause a conflict that was none.
//
// # Durable
//
// A commit is visible before it is durable, and nothing that depends on it may leave the process before that. Nobody
// sleeps meanwhile: the syncer, one goroutine, takes the commits in their order, syncs each (the engine's sync covers all
// that are in the log by then, so most are done already) and calls the commit's Waiter, then those of the transactions
// that have seen it and written nothing. A Waiter is a parked value; Wait and WaitDurable are for those who want to block.
//
// A failed sync ends the store: Begin and Commit return storage.ErrUnavailable, whoever waits for a commit above the
// watermark is told storage.ErrUncertain, and then Config.Fatal is called, once.
//
// # Locks
//
//	Store.mu     the commit mutex; held over validation and apply, never over a sync, a Waiter or Fatal
//	recent.mu    leaf; may be taken with Store.mu held, and is held for a bounded number of comparisons
//	pending.mu   leaf; may be taken with Store.mu held
//	pool.mu      leaf; taken alone
//
// # Who may call what
//
// A Store is safe for concurrent use; a Txn belongs to one goroutine at a time, and may be handed over between calls.
// Every Txn is discarded, which does not wait; it is used again when the syncer has let go of it too. Close waits for all.
package txn
