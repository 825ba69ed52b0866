package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/coder/websocket"
	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(oneProject))
	defer server.Close()

	ctx := context.Background()
	c, err := client.Dial(ctx, server.URL, client.Options{User: "11111111-1111-4111-8111-111111111111"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	created, err := client.Ask[*pmpb.ProjectCreated](ctx, c, &pmpb.CreateProjectRequest{Title: "Garden", Key: "GDN"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(created.Project.Key, created.Project.Title)
	for _, event := range c.TakeEvents() {
		fmt.Println("event:", client.PayloadName(event))
	}
	// Output:
	// GDN Garden
	// event: project_created
}

// oneProject stands in for a server: it creates the project that the first message asks for.
func oneProject(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	_, raw, _ := conn.Read(r.Context())
	request := &pmpb.WebSocketMessage{}
	_ = proto.Unmarshal(raw, request)
	asked := request.GetCreateProjectRequest()
	reply := client.Envelope(&pmpb.ProjectCreated{Project: &pmpb.Project{Title: asked.GetTitle(), Key: asked.GetKey()}})
	for _, id := range []string{"a-new-id", request.GetMessageId()} { // the broadcast, then the reply
		reply.MessageId = id
		raw, _ = proto.Marshal(reply)
		_ = conn.Write(r.Context(), websocket.MessageBinary, raw)
	}
	_, _, _ = conn.Read(r.Context())
}
