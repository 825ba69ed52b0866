package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"

	"google.golang.org/protobuf/proto"

	"workcell/guests/handlers"
	"workcell/host"
	"workcell/host/admin"
	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/host/config"
)

// appliance is the name of the server that is all of the product: connections have a user, and are subscribed.
const appliance = "appliance"

// startAppliance runs the product on a directory, until the process ends.
func startAppliance(dir string) (string, error) {
	loaded, err := config.Load(dir, nil, map[string]string{"server.host": "0.0.0.0", "server.port": "0", "server.max_connections": "100000"})
	if err != nil {
		return "", err
	}
	builtin, err := handlers.Builtin()
	if err != nil {
		return "", err
	}
	var modules []host.Module
	for name, wasm := range builtin {
		modules = append(modules, host.Module{Name: name, Wasm: wasm})
	}
	h, err := host.New(context.Background(), host.Options{
		Config: loaded, Handlers: modules, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), PID: os.Getpid(),
	})
	if err != nil {
		return "", err
	}
	go h.Run(context.Background())
	return h.Address().String(), nil
}

// measureSessions returns what one connection costs at rest that has a user of its own, who is subscribed to a project.
// All users were there before: what the storage keeps of those it learns of is not what a connection costs.
func measureSessions(n int) (heap, rss float64, err error) {
	dir, err := os.MkdirTemp("", "workcell-bench")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p, err := startProcess(appliance, false, "-dir", dir)
	if err != nil {
		return 0, 0, err
	}
	defer p.stop()
	const warm = 200
	project, err := p.settle(dir, warm+n)
	if err != nil {
		return 0, 0, err
	}
	first, err := p.subscribeAll(project, 0, warm)
	defer closeAll(first)
	if err != nil {
		return 0, 0, err
	}
	for from := warm; from < warm+n; from += warm {
		gone, err := p.subscribeAll(project, from, min(warm, warm+n-from))
		closeAll(gone)
		if err != nil {
			return 0, 0, err
		}
	}
	before, err := p.look("collect")
	if err != nil {
		return 0, 0, err
	}
	all, err := p.subscribeAll(project, warm, n)
	defer closeAll(all)
	if err != nil {
		return 0, 0, err
	}
	after, err := p.look("collect")
	if err != nil {
		return 0, 0, err
	}
	return float64(after.Heap-before.Heap) / float64(n), float64(after.RSS-before.RSS) / float64(n), nil
}

func user(i int) string { return fmt.Sprintf("%08x-0000-4000-8000-000000000000", i+1) }

// settle makes a project with so many members, the first of whom creates it.
func (p *process) settle(dir string, members int) (project string, err error) {
	ctx := context.Background()
	c, err := client.Dial(ctx, "ws://127.0.0.1:"+p.at+"/ws", client.Options{User: user(0)})
	if err != nil {
		return "", err
	}
	defer c.Close()
	created, err := client.Ask[*pmpb.ProjectCreated](ctx, c, &pmpb.CreateProjectRequest{Title: "Everybody's", Key: "ALL"})
	if err != nil {
		return "", err
	}
	const hands = 16
	errs := make([]error, hands)
	var running sync.WaitGroup
	for hand := range hands {
		running.Go(func() {
			for i := 1 + hand; i < members && errs[hand] == nil; i += hands {
				_, errs[hand] = admin.AddMember(ctx, dir, created.Project.Id, user(i), "viewer")
			}
		})
	}
	running.Wait()
	return created.Project.Id, errors.Join(errs...)
}

// subscribeAll connects n users, from one on, and subscribes each to a project.
func (p *process) subscribeAll(project string, from, n int) (all []net.Conn, err error) {
	message, err := proto.Marshal(client.Envelope(&pmpb.Subscribe{ProjectIds: []string{project}}))
	if err != nil {
		return nil, err
	}
	for i := from; i < from+n; i++ {
		nc, err := p.dialAs(i, "?user_id="+user(i))
		if err != nil {
			return all, fmt.Errorf("connection %d: %w", i, err)
		}
		all = append(all, nc)
		if _, err := nc.Write(masked(message)); err != nil {
			return all, err
		}
		if err := subscribed(nc); err != nil {
			return all, fmt.Errorf("connection %d: %w", i, err)
		}
	}
	return all, nil
}

// masked is a frame with a binary message, of 126 to 65535 bytes or fewer.
func masked(message []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0x82, 0x80 | 126}, uint16(len(message)))
	if len(message) < 126 {
		b = []byte{0x82, 0x80 | byte(len(message))}
	}
	return append(append(b, 0, 0, 0, 0), message...)
}

// subscribed reads one message, which must not be an error.
func subscribed(nc net.Conn) error {
	in := bufio.NewReader(nc) // nothing comes behind the message
	head := make([]byte, 2)
	if _, err := io.ReadFull(in, head); err != nil {
		return err
	}
	size := int(head[1])
	if size == 126 {
		if _, err := io.ReadFull(in, head); err != nil {
			return err
		}
		size = int(binary.BigEndian.Uint16(head))
	}
	message := make([]byte, size)
	if _, err := io.ReadFull(in, message); err != nil {
		return err
	}
	var reply pmpb.WebSocketMessage
	if err := proto.Unmarshal(message, &reply); err != nil {
		return err
	}
	if refusal, ok := client.Result(&reply).(*client.ReplyError); ok {
		return refusal
	}
	return nil
}
