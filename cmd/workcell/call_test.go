package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/host/portfile"
)

const (
	callTestProject = "11111111-1111-4111-8111-111111111111"
	callTestCreate  = `{"message_id":"m1","timestamp":"5","create_project_request":{"title":"Garden","key":"GDN"}}`
	callTestCreated = `{
  "message_id": "m1",
  "timestamp": "6",
  "project_created": {
    "project": {
      "id": "11111111-1111-4111-8111-111111111111",
      "title": "Garden",
      "key": "GDN",
      "status": "PROJECT_STATUS_ACTIVE",
      "created_at": "6"
    }
  }
}
`
)

// callTestServer answers like a server, at time 6: it creates projects, refuses those without a title, acknowledges
// subscriptions and sends one event right after each, goes away on a Ping, and leaves everything else unanswered.
func callTestServer(t *testing.T) string {
	t.Helper()
	var peers sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peers.Add(1)
		defer peers.Done()
		if r.URL.Query().Get("user_id") == "nobody" || r.Header.Get("Authorization") == "Bearer bad" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		defer conn.CloseNow()
		for {
			_, raw, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			request := &pmpb.WebSocketMessage{}
			if err := proto.Unmarshal(raw, request); err != nil {
				t.Errorf("no envelope: %v", err)
				return
			}
			if request.GetPing() != nil {
				_ = conn.Close(websocket.StatusGoingAway, "shutting down")
				return
			}
			for _, message := range callTestAnswer(request) {
				raw, err := proto.Marshal(message)
				if err != nil {
					t.Error(err)
				}
				_ = conn.Write(context.Background(), websocket.MessageBinary, raw)
			}
		}
	}))
	t.Cleanup(func() {
		server.Close()
		peers.Wait()
	})
	return "ws" + strings.TrimPrefix(server.URL, "http") + "/ws"
}

func callTestAnswer(request *pmpb.WebSocketMessage) []*pmpb.WebSocketMessage {
	reply := &pmpb.WebSocketMessage{}
	switch payload := request.Payload.(type) {
	case *pmpb.WebSocketMessage_CreateProjectRequest:
		asked := payload.CreateProjectRequest
		if asked.Title == "" {
			reply = client.Envelope(&pmpb.Error{Code: "INVALID_MESSAGE", Message: "title is empty"})
			break
		}
		reply = client.Envelope(&pmpb.ProjectCreated{Project: &pmpb.Project{
			Id: callTestProject, Title: asked.Title, Key: asked.Key, CreatedAt: 6,
			Status: pmpb.ProjectStatus_PROJECT_STATUS_ACTIVE,
		}})
	case *pmpb.WebSocketMessage_Subscribe:
		event := client.Envelope(&pmpb.ProjectDeleted{ProjectId: payload.Subscribe.ProjectIds[0]})
		event.MessageId, event.Timestamp, event.Sequence = "e1", 6, proto.Int64(9)
		reply.MessageId, reply.Timestamp = request.MessageId, 6
		return []*pmpb.WebSocketMessage{reply, event}
	default:
		return nil
	}
	reply.MessageId, reply.Timestamp = request.MessageId, 6
	return []*pmpb.WebSocketMessage{reply}
}

// callTestRun runs the verb and returns what it printed.
func callTestRun(ctx context.Context, stdin string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := newCallCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(io.Discard)
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

func TestCallPrintsTheReply(t *testing.T) {
	server := callTestServer(t)
	for name, run := range map[string]func() (string, error){
		"argument": func() (string, error) { return callTestRun(t.Context(), "", callTestCreate, "--url", server) },
		"stdin":    func() (string, error) { return callTestRun(t.Context(), callTestCreate+"\n", "-", "--url", server) },
	} {
		if got, err := run(); err != nil || got != callTestCreated {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, callTestCreated)
		}
	}
}

func TestCallFindsTheServerByItsPortFile(t *testing.T) {
	address, err := url.Parse(callTestServer(t))
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, err = callTestRun(t.Context(), "", callTestCreate, "--dir", dir)
	if want := "no server is running in " + dir + "; start one with `workcell serve`, or name another with --dir or --url"; err == nil || err.Error() != want {
		t.Errorf("no port file: %v\nwant %s", err, want)
	}
	info := portfile.Info{PID: os.Getpid(), Port: port, Host: "127.0.0.1", StartedAt: time.Unix(5, 0), Version: "test"}
	if err := portfile.Write(dir, info); err != nil {
		t.Fatal(err)
	}
	if got, err := callTestRun(t.Context(), "", callTestCreate, "--dir", dir); err != nil || got != callTestCreated {
		t.Errorf("%v\n%s", err, got)
	}
	if err := os.WriteFile(filepath.Join(dir, portfile.FileName), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = callTestRun(t.Context(), "", callTestCreate, "--dir", dir); !errors.Is(err, portfile.ErrMalformed) {
		t.Errorf("malformed port file: %v", err)
	}
}

func TestCallSaysHowToTrustAServerElsewhere(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake that the client breaks off
	server.StartTLS()
	defer server.Close()
	_, err := callTestRun(t.Context(), "", callTestCreate, "--url", "wss"+strings.TrimPrefix(server.URL, "https"))
	if _, distrusted := errors.AsType[*tls.CertificateVerificationError](err); !distrusted || !strings.Contains(err.Error(), "SSL_CERT_FILE") {
		t.Error(err)
	}
}

func TestCallNamesTheCertificateThatIsMissing(t *testing.T) {
	dir := t.TempDir()
	info := portfile.Info{PID: os.Getpid(), Port: 1, Host: "127.0.0.1", StartedAt: time.Unix(5, 0), Version: "test", Certificate: filepath.Join(dir, "gone.pem")}
	if err := portfile.Write(dir, info); err != nil {
		t.Fatal(err)
	}
	if _, err := callTestRun(t.Context(), "", callTestCreate, "--dir", dir); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "gone.pem") {
		t.Error(err)
	}
}

func TestCallPrintsAnErrorAndFails(t *testing.T) {
	got, err := callTestRun(t.Context(), "", `{"message_id":"m1","createProjectRequest":{}}`, "--url", callTestServer(t))
	const want = `{
  "message_id": "m1",
  "timestamp": "6",
  "error": {
    "code": "INVALID_MESSAGE",
    "message": "title is empty"
  }
}
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if refusal, ok := errors.AsType[*client.ReplyError](err); !ok || refusal.Code != "INVALID_MESSAGE" {
		t.Errorf("error: %v", err)
	}
}

func TestCallPrintsEventsUntilInterrupted(t *testing.T) {
	const event = `{"message_id":"e1","timestamp":"6","project_deleted":{"project_id":"` + callTestProject + `"},"sequence":"9"}`
	created := `{"message_id":"m1","timestamp":"6","project_created":{"project":{"id":"` + callTestProject +
		`","title":"Garden","key":"GDN","status":"PROJECT_STATUS_ACTIVE","created_at":"6"}}}`
	server := callTestServer(t)
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"alone":          {nil, []string{event}},
		"with a request": {[]string{callTestCreate}, []string{event, created}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			out := &callTestLines{after: len(test.want), then: interrupt}
			cmd := newCallCommand()
			cmd.SetArgs(append(test.args, "--url", server, "--subscribe", callTestProject))
			cmd.SetOut(out)
			cmd.SetErr(io.Discard)
			if err := cmd.ExecuteContext(ctx); err != nil {
				t.Errorf("interrupted: %v", err)
			}
			if got, want := out.String(), strings.Join(test.want, "\n")+"\n"; got != want {
				t.Errorf("%s\nwant\n%s", got, want)
			}
		})
	}
}

// callTestLines calls then when so many lines were written.
type callTestLines struct {
	bytes.Buffer
	after int
	then  func()
}

func (w *callTestLines) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if w.after -= bytes.Count(p, []byte("\n")); w.after == 0 {
		w.then()
	}
	return n, err
}

func TestCallErrorsSayWhatToDo(t *testing.T) {
	server := callTestServer(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "ws://" + listener.Addr().String() + "/ws"
	listener.Close()
	for name, test := range map[string]struct {
		args []string
		want []string // in this order
	}{
		"nothing to do":      {nil, []string{"nothing to do", client.ExampleJSON}},
		"two requests":       {[]string{"{}", "{}"}, []string{"accepts at most 1 arg"}},
		"no JSON":            {[]string{"ping"}, []string{"not the JSON of a request", client.ExampleJSON}},
		"empty stdin":        {[]string{"-"}, []string{"standard input holds no request", client.ExampleJSON}},
		"misspelt payload":   {[]string{`{"pnig":{}}`}, []string{`did you mean "ping"?`}},
		"misspelt field":     {[]string{`{"create_project_request":{"titel":"G"}}`}, []string{`did you mean "title"?`}},
		"no project id":      {[]string{"--subscribe", "GDN"}, []string{`"GDN" is no project id`, "list_projects_request"}},
		"no time":            {[]string{`{"ping":{}}`, "--timeout", "0s"}, []string{"--timeout"}},
		"nobody there":       {[]string{`{"ping":{}}`, "--url", nobody}, []string{nobody, "refused", "workcell serve"}},
		"no URL":             {[]string{`{"ping":{}}`, "--url", "localhost"}, []string{"ws://"}},
		"refused user":       {[]string{`{"ping":{}}`, "--url", server, "--user", "nobody"}, []string{"401", "token"}},
		"refused token":      {[]string{`{"ping":{}}`, "--url", server, "--token", "bad"}, []string{"401", "token"}},
		"server goes away":   {[]string{`{"ping":{}}`, "--url", server}, []string{"ping", "1001 going away: shutting down"}},
		"server is too slow": {[]string{`{"list_projects_request":{}}`, "--url", server, "--timeout", "1ms"}, []string{"deadline exceeded after 1ms", "--timeout allows more"}},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := callTestRun(t.Context(), "", test.args...)
			if err == nil || out != "" {
				t.Fatalf("error %v, output %q", err, out)
			}
			rest := err.Error()
			for _, part := range test.want {
				_, after, ok := strings.Cut(rest, part)
				if !ok {
					t.Fatalf("%v\nlacks %q", err, part)
				}
				rest = after
			}
		})
	}
}

func TestCallInterruptedWhileItWaits(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	_, err := callTestRun(ctx, "", `{"list_projects_request":{}}`, "--url", callTestServer(t))
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "interrupted: ") {
		t.Error(err)
	}
}
