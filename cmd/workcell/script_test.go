package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"workcell/host/admin"
	"workcell/host/hosttest"
	"workcell/host/portfile"
)

// The scripts run the real program, with its handlers inside.
func TestScripts(t *testing.T) {
	bin := t.TempDir()
	hosttest.Binary(t, bin)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("PM_HANDLER_EXECUTION_LIMIT_MS", "20000")
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("BOARD", filepath.Join(bin, "board.wasm"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"serving": serving, "exits": exits, "damage": damage, "token": token, "renewed": renewed},
	})
}

// token FILE puts the token that was printed into a file into the variable TOKEN.
func token(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: token FILE")
	}
	ts.Setenv("TOKEN", strings.TrimSpace(ts.ReadFile(args[0])))
}

// serving DIR waits until the server of a directory answers.
func serving(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: serving DIR")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		_, err := admin.GetStatus(ctx, ts.MkAbs(args[0]))
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("no server in %s: %v", args[0], err)
		case <-time.After(20 * time.Millisecond): // nothing announces a file that does not exist yet
		}
	}
}

// renewed DIR waits until the server of a directory shows the certificate in the directory's cert.pem.
func renewed(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: renewed DIR")
	}
	dir := ts.MkAbs(args[0])
	want, _ := pem.Decode([]byte(ts.ReadFile(filepath.Join(dir, "cert.pem"))))
	server, err := portfile.Read(dir)
	ts.Check(err)
	for end := time.Now().Add(time.Minute); ; {
		conn, err := tls.Dial("tcp", net.JoinHostPort(server.Host, strconv.Itoa(server.Port)), &tls.Config{InsecureSkipVerify: true}) // only to look
		ts.Check(err)
		shown := conn.ConnectionState().PeerCertificates[0].Raw
		ts.Check(conn.Close())
		switch {
		case bytes.Equal(shown, want.Bytes):
			return
		case time.Now().After(end):
			ts.Fatalf("the server still shows another certificate")
		}
		time.Sleep(20 * time.Millisecond) // it looks for a new one when somebody connects, once in a while
	}
}
