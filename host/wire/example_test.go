package wire_test

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/coder/websocket"

	"workcell/host/wire"
)

// shouter answers each message with itself, louder.
type shouter struct{ conn *wire.Conn }

func (s shouter) Message(payload []byte) {
	s.conn.Send(wire.NewFrame(len(payload)+1, func(dst []byte) []byte {
		return append(append(dst, payload...), '!')
	}))
}

func (s shouter) Closed(reason wire.CloseReason) { fmt.Println(reason) }

type door struct{}

func (door) Accept(req *wire.Request, conn *wire.Conn) (wire.Session, error) {
	if req.Query.Get("user_id") == "" {
		return nil, &wire.Refusal{Status: http.StatusUnauthorized}
	}
	return shouter{conn}, nil
}

func Example() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := wire.NewServer(wire.Config{MaxConnections: 10}, door{}, http.NotFoundHandler(), nil)
	served := make(chan error)
	go func() { served <- server.Serve(ln) }()

	ctx := context.Background()
	_, res, _ := websocket.Dial(ctx, "ws://"+ln.Addr().String()+"/ws", nil)
	fmt.Println(res.Status)

	client, _, err := websocket.Dial(ctx, "ws://"+ln.Addr().String()+"/ws?user_id=ann", nil)
	if err != nil {
		panic(err)
	}
	client.Write(ctx, websocket.MessageBinary, []byte("hello"))
	_, reply, err := client.Read(ctx)
	fmt.Printf("%s %v\n", reply, err)
	client.Close(websocket.StatusNormalClosure, "done")

	fmt.Println(server.Shutdown(ctx), <-served)
	// Output:
	// 401 Unauthorized
	// hello! <nil>
	// closed by the client: 1000 "done"
	// <nil> <nil>
}
