package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"workcell/host/admin"
	"workcell/host/hosttest"
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"serving": serving, "exits": exits, "damage": damage, "token": token},
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
