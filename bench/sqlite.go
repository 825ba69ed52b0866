package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqlite is SQLite with a write-ahead log that is synced at each commit. It has one writer and does not group by itself,
// so we do: one goroutine makes one commit of all transactions that came while the last one was synced.
type sqlite struct {
	db      *sql.DB
	conn    *sql.Conn
	get     *sql.Stmt
	scan    *sql.Stmt
	put     *sql.Stmt
	asked   chan *question
	stopped chan struct{}
}

// question is a transaction and where its outcome goes.
type question struct {
	work *work
	done chan error
}

// maxGroup is how many transactions one commit holds at most.
const maxGroup = 256

func openSQLite(path string, records int) (store, error) {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return nil, err
	}
	s := &sqlite{db: db, asked: make(chan *question, maxGroup), stopped: make(chan struct{})}
	if err := s.prepare(records); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	go s.run() // ended by close, which waits for it
	return s, nil
}

func (s *sqlite) prepare(records int) (err error) {
	ctx := context.Background()
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return err
	}
	for _, statement := range []string{
		"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-65536",
		"CREATE TABLE kv (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID",
	} {
		if _, err := s.conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	for _, p := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&s.get, "SELECT v FROM kv WHERE k = ?"},
		{&s.scan, fmt.Sprintf("SELECT k, v FROM kv WHERE k >= ? AND k < ? ORDER BY k LIMIT %d", scanRows)},
		{&s.put, "INSERT OR REPLACE INTO kv VALUES (?, ?)"},
	} {
		if *p.to, err = s.conn.PrepareContext(ctx, p.text); err != nil {
			return err
		}
	}
	return s.group(func() error {
		w := newWork(1)
		for id := range records {
			w.set(uint64(id))
			if err := errors.Join(s.write(w.record, w.recordValue), s.write(w.index, w.indexValue)); err != nil {
				return err
			}
		}
		return nil
	})
}

// group makes one commit of what f does.
func (s *sqlite) group(f func() error) error {
	ctx := context.Background()
	if _, err := s.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := f(); err != nil {
		_, rollback := s.conn.ExecContext(ctx, "ROLLBACK")
		return errors.Join(err, rollback)
	}
	_, err := s.conn.ExecContext(ctx, "COMMIT")
	return err
}

func (s *sqlite) run() {
	defer close(s.stopped)
	var questions []*question
	for first := range s.asked {
		questions = append(questions[:0], first)
		for more := true; more && len(questions) < maxGroup; {
			select {
			case q, ok := <-s.asked:
				if more = ok; ok {
					questions = append(questions, q)
				}
			default:
				more = false
			}
		}
		err := s.group(func() error {
			for _, q := range questions {
				if err := s.transact(q.work); err != nil {
					return err
				}
			}
			return nil
		})
		for _, q := range questions {
			q.done <- err
		}
	}
}

func (s *sqlite) transact(w *work) error {
	var value []byte
	if err := s.get.QueryRow(w.message).Scan(&value); !errors.Is(err, sql.ErrNoRows) {
		return errors.Join(err, errSeen)
	}
	if err := s.get.QueryRow(w.record).Scan(&value); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	rows, err := s.scan.Query(w.lo, w.hi)
	if err != nil {
		return err
	}
	for rows.Next() {
		w.rows++
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	return errors.Join(s.write(w.record, w.recordValue), s.write(w.index, w.indexValue),
		s.write(w.history, w.historyValue), s.write(w.message, w.messageValue))
}

func (s *sqlite) write(key, value []byte) error {
	_, err := s.put.Exec(key, value)
	return err
}

func (s *sqlite) do(w *work) error {
	q := &question{w, make(chan error, 1)}
	s.asked <- q
	return <-q.done
}

func (s *sqlite) close() error {
	close(s.asked)
	<-s.stopped
	return errors.Join(s.conn.Close(), s.db.Close())
}
