package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"workcell/storage"
	"workcell/storage/backup"
)

// Lend makes a checkpoint of the store, lets use read it, and removes it when use returns; the context of use ends when it
// has to. See backup.Lender.
type Lend func(ctx context.Context, use func(ctx context.Context, dir string) error) error

// A loan is one request, POST /checkpoint. The server answers as soon as the checkpoint is there, and keeps it for as long
// as the client keeps its own side open:
//
//	client                           server
//	headers             ->
//	                    <-           200 {"dir": "/home/ann/.pm/data.db.checkpoint"}
//	... reads the directory ...      or, taking it back: {"reason": "overdue", "error": "..."}
//	end of the body     ->
//	                    <-           end of the answer: the checkpoint is gone
//
// Without a checkpoint the answer is 409 or 503 with a reason and an error.
type loan struct {
	Dir    string `json:"dir,omitempty"`
	Reason string `json:"reason,omitempty"` // a word of reasons, or nothing
	Error  string `json:"error,omitempty"`  // for people
}

// reasons are the errors that a client can tell apart.
var reasons = map[string]error{"busy": backup.ErrBusy, "overdue": backup.ErrOverdue, "unavailable": storage.ErrUnavailable}

// refusal is the loan that did not come about, or came to its end.
func refusal(err error) loan {
	l := loan{Error: err.Error()}
	for word, reason := range reasons {
		if errors.Is(err, reason) {
			l.Reason = word
		}
	}
	return l
}

// err is the error that refusal was made of, as far as it can be told apart.
func (l loan) err() error {
	if reason := reasons[l.Reason]; reason != nil {
		return reason
	}
	return errors.New("the server made no checkpoint: " + l.Error)
}

// errReturned ends a loan from the client's side.
var errReturned = errors.New("returned")

// lendCheckpoint is the server's side of a loan.
func lendCheckpoint(lend Lend) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer := http.NewResponseController(w)
		if err := answer.EnableFullDuplex(); err != nil {
			writeJSON(w, http.StatusServiceUnavailable, refusal(err))
			return
		}
		send := func(l loan) error { return errors.Join(json.NewEncoder(w).Encode(l), answer.Flush()) }
		ctx, end := context.WithCancelCause(r.Context())
		go func() { // ends with the request
			_, _ = io.Copy(io.Discard, r.Body)
			end(errReturned)
		}()
		lent := false
		err := lend(ctx, func(ctx context.Context, dir string) error {
			lent = true
			if err := send(loan{Dir: dir}); err != nil {
				return err
			}
			<-ctx.Done()
			if cause := context.Cause(ctx); !errors.Is(cause, errReturned) {
				return errors.Join(cause, send(refusal(cause)))
			}
			return nil
		})
		switch {
		case lent || err == nil:
		case errors.Is(err, backup.ErrBusy):
			writeJSON(w, http.StatusConflict, refusal(err))
		default:
			writeJSON(w, http.StatusServiceUnavailable, refusal(err))
		}
	}
}

// errServerGone: the connection broke while a checkpoint was lent.
var errServerGone = errors.New("the server ended while its checkpoint was read: do it again")

// BorrowCheckpoint asks the server of a data directory for a checkpoint of its store and lets use read it; when it returns,
// the checkpoint is gone. The context of use ends early when the server wants it back, with the reason as its cause. The
// error wraps ErrNoServer if there is no server, backup.ErrBusy if somebody else has the checkpoint, or is that of use.
func BorrowCheckpoint(ctx context.Context, dir string, use func(ctx context.Context, checkpoint string) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body, hold := io.Pipe()
	defer hold.Close()
	res, err := ask(ctx, dir, http.MethodPost, "/checkpoint", body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answers := json.NewDecoder(res.Body)
	var first loan
	if err := answers.Decode(&first); err != nil {
		return fmt.Errorf("ask for a checkpoint: the server answers %s: %w", res.Status, err)
	}
	if res.StatusCode != http.StatusOK {
		return first.err()
	}
	ended := make(chan error, 1)
	go func() { // ends with the request, which is waited for below
		var second loan
		err := errServerGone
		if answers.Decode(&second) == nil {
			err = second.err()
		}
		cancel(err)
		ended <- err
	}()
	err = use(ctx, first.Dir)
	_ = hold.Close() // never fails
	if taken := <-ended; err != nil && !errors.Is(taken, errServerGone) {
		return taken
	}
	return err
}
