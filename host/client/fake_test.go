package client_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is the server's end of one connection.
type peer struct {
	t       *testing.T
	conn    *websocket.Conn
	request *http.Request
}

// serve starts a server that runs handle for every connection, and returns its URL. After handle the peer reads until
// the client leaves. The test's end waits for all peers.
func serve(t *testing.T, handle func(*peer)) string {
	t.Helper()
	var peers sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peers.Add(1)
		defer peers.Done()
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		conn.SetReadLimit(-1)
		defer conn.CloseNow()
		p := &peer{t: t, conn: conn, request: r}
		handle(p)
		for p.receive() != nil {
		}
	}))
	t.Cleanup(func() {
		server.Close()
		peers.Wait()
	})
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

// receive returns the next message, or nil when the client has left.
func (p *peer) receive() *pmpb.WebSocketMessage {
	_, raw, err := p.conn.Read(context.Background())
	if err != nil {
		return nil
	}
	message := &pmpb.WebSocketMessage{}
	if err := proto.Unmarshal(raw, message); err != nil {
		p.t.Errorf("server got no envelope: %v", err)
	}
	return message
}

func (p *peer) send(message *pmpb.WebSocketMessage) {
	raw, err := proto.Marshal(message)
	if err != nil {
		p.t.Errorf("encode: %v", err)
	}
	p.sendBytes(websocket.MessageBinary, raw)
}

func (p *peer) sendBytes(kind websocket.MessageType, raw []byte) {
	if err := p.conn.Write(context.Background(), kind, raw); err != nil {
		p.t.Errorf("server sends: %v", err)
	}
}

// reply answers request with payload.
func (p *peer) reply(request *pmpb.WebSocketMessage, payload proto.Message) {
	message := client.Envelope(payload)
	message.MessageId = request.GetMessageId()
	p.send(message)
}

// answerPings replies to every Ping until the client leaves.
func answerPings(p *peer) {
	for message := p.receive(); message != nil; message = p.receive() {
		p.reply(message, &pmpb.Pong{Timestamp: message.GetPing().GetTimestamp()})
	}
}

func dial(t *testing.T, url string, opts client.Options) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func event(id string) *pmpb.WebSocketMessage {
	return &pmpb.WebSocketMessage{MessageId: id, Payload: &pmpb.WebSocketMessage_CallEvent{CallEvent: &pmpb.CallEvent{Route: "r"}}}
}

func ids(messages []*pmpb.WebSocketMessage) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.MessageId)
	}
	return strings.Join(all, " ")
}
