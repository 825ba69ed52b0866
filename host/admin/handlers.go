package admin

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"workcell/host/deploy"
	"workcell/host/sandbox"
	"workcell/storage/catalog"
)

// The handlers on the admin socket. What changes something is a POST whose parameters are in the query; an operation that
// is refused is answered with 409 and {"error": "..."}.
//
//	GET  /handlers                                        all versions
//	GET  /handlers/history?limit=                         events, the newest first
//	POST /handlers/push?file=&hash=&take_over=&trial=     body: the module; header Workcell-Signature: base64 of the signature
//	POST /handlers/verify?hash=&take_over=                body and header as above; the answer says what would be taken
//	POST /handlers/rollback?name=&to=
//	POST /handlers/pause?name=   /handlers/resume?name=   /handlers/remove?name=&id=
//
// The answer to a push comes line by line: a pushStep for each state, the last one with the error, if there is one.
const (
	pathHandlers    = "/handlers"
	signatureHeader = "Workcell-Signature"
)

// pushStep is a line of the answer to a push.
type pushStep struct {
	Deployment catalog.Deployment `json:"deployment"`
	Done       bool               `json:"done,omitempty"`
	Error      string             `json:"error,omitempty"`
}

type failure struct {
	Error string `json:"error"`
}

// addHandlers adds the routes about handlers.
func addHandlers(routes *router, machine *deploy.Machine) {
	answer := func(w http.ResponseWriter, value any, err error) {
		if err != nil {
			writeJSON(w, http.StatusConflict, failure{err.Error()})
			return
		}
		writeJSON(w, http.StatusOK, value)
	}
	routes.get(pathHandlers, func(w http.ResponseWriter, _ *http.Request) { answer(w, machine.List(), nil) })
	routes.get(pathHandlers+"/history", func(w http.ResponseWriter, r *http.Request) {
		limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
		if err != nil || limit < 0 {
			limit = catalog.MaxEvents
		}
		events, err := machine.History(min(limit, catalog.MaxEvents))
		answer(w, events, err)
	})
	routes.post(pathHandlers+"/push", func(w http.ResponseWriter, r *http.Request) { push(w, r, machine) })
	routes.post(pathHandlers+"/verify", func(w http.ResponseWriter, r *http.Request) {
		if request, ok := readRequest(w, r); ok {
			verified, err := machine.Verify(r.Context(), request)
			answer(w, verified, err)
		}
	})
	routes.post(pathHandlers+"/rollback", func(w http.ResponseWriter, r *http.Request) {
		var to *catalog.ID
		if text := r.URL.Query().Get("to"); text != "" {
			id, err := parseID(text)
			if err != nil {
				answer(w, nil, err)
				return
			}
			to = &id
		}
		d, err := machine.Rollback(r.URL.Query().Get("name"), to, "asked for by the operator")
		answer(w, d, err)
	})
	for path, pause := range map[string]bool{"/pause": true, "/resume": false} {
		routes.post(pathHandlers+path, func(w http.ResponseWriter, r *http.Request) {
			answer(w, struct{}{}, machine.Pause(r.Context(), r.URL.Query().Get("name"), pause))
		})
	}
	routes.post(pathHandlers+"/remove", func(w http.ResponseWriter, r *http.Request) {
		var id catalog.ID
		var err error
		if text := r.URL.Query().Get("id"); text != "" {
			id, err = parseID(text)
		}
		if err == nil {
			err = machine.Remove(r.Context(), r.URL.Query().Get("name"), id)
		}
		answer(w, struct{}{}, err)
	})
}

func parseID(text string) (catalog.ID, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number of a version: see `workcell handler ls`", text)
	}
	return catalog.ID(n), nil
}

// readRequest reads the request for a push. After false it was answered.
func readRequest(w http.ResponseWriter, r *http.Request) (request deploy.Request, ok bool) {
	query := r.URL.Query()
	request = deploy.Request{
		File: query.Get("file"), Door: deploy.DoorPush, Hash: query.Get("hash"), TakeOver: query.Get("take_over") == "true",
	}
	var wasm bytes.Buffer
	wasm.Grow(int(min(max(r.ContentLength, 0), sandbox.MaxModuleBytes)) + bytes.MinRead)
	_, err := wasm.ReadFrom(io.LimitReader(r.Body, sandbox.MaxModuleBytes+1))
	if err != nil {
		return request, false // the client is gone
	}
	request.Wasm = wasm.Bytes()
	if request.Signature, err = base64.StdEncoding.DecodeString(r.Header.Get(signatureHeader)); err != nil {
		writeJSON(w, http.StatusBadRequest, failure{"the signature's header is no base64"})
		return request, false
	}
	if trial := query.Get("trial"); trial != "" {
		request.Trial = &catalog.Trial{}
		if err := json.Unmarshal([]byte(trial), request.Trial); err != nil {
			writeJSON(w, http.StatusBadRequest, failure{"the trial is no JSON: " + err.Error()})
			return request, false
		}
	}
	return request, true
}

// push is the server's side of PushHandler.
func push(w http.ResponseWriter, r *http.Request, machine *deploy.Machine) {
	request, ok := readRequest(w, r)
	if !ok {
		return
	}
	flush := http.NewResponseController(w).Flush
	send := func(s pushStep) {
		s.Deployment.Signature = nil
		_ = errors.Join(json.NewEncoder(w).Encode(s), flush()) // who is gone sees the history
	}
	w.Header().Set("Content-Type", "application/json")
	d, err := machine.Push(r.Context(), request, func(d catalog.Deployment) { send(pushStep{Deployment: d}) })
	last := pushStep{Deployment: d, Done: true}
	if err != nil {
		last.Error = err.Error()
	}
	send(last)
}

// ErrRefused is the error of an operation that the server has refused, for reasons that are in its text.
var ErrRefused = errors.New("refused")

// ErrLost is the error of a push whose outcome is unknown.
var ErrLost = errors.New("the server ended before it was done: see `workcell handler history` when it runs again")

// PushHandler asks the server of a data directory to bring a module into service. progress is told of each state that the
// module reaches. The error wraps ErrRefused, ErrNoServer or ErrLost.
func PushHandler(ctx context.Context, dir string, r deploy.Request, progress func(catalog.Deployment)) (catalog.Deployment, error) {
	res, err := sendRequest(ctx, dir, "/push", &r)
	if err != nil {
		return catalog.Deployment{}, err
	}
	defer res.Body.Close()
	for lines := json.NewDecoder(res.Body); ; {
		var s pushStep
		if err := lines.Decode(&s); err != nil {
			return catalog.Deployment{}, fmt.Errorf("%w (%w)", ErrLost, err)
		}
		switch {
		case !s.Done:
			progress(s.Deployment)
		case s.Error != "":
			return s.Deployment, fmt.Errorf("%w: %s", ErrRefused, s.Error)
		default:
			return s.Deployment, nil
		}
	}
}

// VerifyHandler asks the server of a data directory whether it would take a module, and changes nothing. The error wraps
// ErrRefused or ErrNoServer.
func VerifyHandler(ctx context.Context, dir string, r deploy.Request) (*deploy.Verified, error) {
	res, err := sendRequest(ctx, dir, "/verify", &r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	verified := &deploy.Verified{}
	if err := json.NewDecoder(res.Body).Decode(verified); err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	return verified, nil
}

// sendRequest sends a module. The caller closes the answer's body.
func sendRequest(ctx context.Context, dir, path string, r *deploy.Request) (*http.Response, error) {
	query := url.Values{"file": {r.File}, "hash": {r.Hash}, "take_over": {strconv.FormatBool(r.TakeOver)}}
	if r.Trial != nil {
		trial, err := json.Marshal(r.Trial)
		if err != nil {
			return nil, err
		}
		query.Set("trial", string(trial))
	}
	header := http.Header{signatureHeader: {base64.StdEncoding.EncodeToString(r.Signature)}}
	res, err := askWith(ctx, dir, http.MethodPost, pathHandlers+path+"?"+query.Encode(), header, bytes.NewReader(r.Wasm))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		return nil, refusalOf(res)
	}
	return res, nil
}

// refusalOf is the error of an answer.
func refusalOf(res *http.Response) error {
	var f failure
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&f); err != nil || f.Error == "" {
		return fmt.Errorf("%w: the server answers %s", ErrRefused, res.Status)
	}
	return fmt.Errorf("%w: %s", ErrRefused, f.Error)
}

// askHandlers asks something about handlers and reads the answer into value.
func askHandlers(ctx context.Context, dir, method, path string, query url.Values, value any) error {
	res, err := ask(ctx, dir, method, pathHandlers+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return refusalOf(res)
	}
	if err := json.NewDecoder(res.Body).Decode(value); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// ListHandlers returns the versions that the server of a data directory knows.
func ListHandlers(ctx context.Context, dir string) (list []deploy.Info, err error) {
	err = askHandlers(ctx, dir, http.MethodGet, "", nil, &list)
	return list, err
}

// HandlerHistory returns the newest events, the newest first.
func HandlerHistory(ctx context.Context, dir string, limit int) (events []catalog.Event, err error) {
	err = askHandlers(ctx, dir, http.MethodGet, "/history", url.Values{"limit": {strconv.Itoa(limit)}}, &events)
	return events, err
}

// RollbackHandler puts back the version before the one in service, or the one whose number is to. It returns what is in
// service now.
func RollbackHandler(ctx context.Context, dir, name, to string) (d catalog.Deployment, err error) {
	err = askHandlers(ctx, dir, http.MethodPost, "/rollback", url.Values{"name": {name}, "to": {to}}, &d)
	return d, err
}

// PauseHandler takes the routes of a handler out of service, or puts them back.
func PauseHandler(ctx context.Context, dir, name string, pause bool) error {
	path := "/resume"
	if pause {
		path = "/pause"
	}
	return askHandlers(ctx, dir, http.MethodPost, path, url.Values{"name": {name}}, &struct{}{})
}

// RemoveHandler takes a handler out of service and forgets what was pushed of it, or forgets the version with that number.
func RemoveHandler(ctx context.Context, dir, name, id string) error {
	return askHandlers(ctx, dir, http.MethodPost, "/remove", url.Values{"name": {name}, "id": {id}}, &struct{}{})
}
