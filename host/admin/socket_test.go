package admin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// socketDir is a directory whose path is short enough for a socket.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "admin")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestTheSocketAnswersItsOwnerOnly(t *testing.T) {
	dir := socketDir(t)
	for range 2 { // a socket that a dead server left behind is replaced
		s, listener, err := Listen(dir, func(context.Context) Status { return Status{Version: "1", PID: 7} }, nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- s.Serve(listener) }()
		info, err := os.Stat(filepath.Join(dir, SocketName))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("socket has mode %v, %v", info.Mode(), err)
		}
		if status, err := GetStatus(t.Context(), dir); err != nil || status.PID != 7 {
			t.Errorf("status %+v, %v", status, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(filepath.Join(dir, SocketName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := GetStatus(t.Context(), dir); !errors.Is(err, ErrNoServer) || !strings.Contains(err.Error(), "workcell serve") {
		t.Errorf("without a server: %v", err)
	}
}

func TestAPathThatIsTooLongForASocketIsRefused(t *testing.T) {
	dir := filepath.Join(socketDir(t), strings.Repeat("d", maxSocketPath))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Listen(dir, nil, nil, nil, nil); err == nil || !strings.Contains(err.Error(), "--dir") {
		t.Errorf("got %v", err)
	}
}
