package e2e

import (
	"testing"

	"workcell/host"
	"workcell/host/admin"
	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/host/config"
	"workcell/host/errand"
	"workcell/host/hosttest"
	"workcell/host/sandbox"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// The cast of the conformance tests, besides ann. In the projects of a stage ann is admin, eve editor and vic viewer; sue
// is nobody.
const (
	eve = "eeeeeeee-0000-4000-8000-000000000003"
	vic = "dddddddd-0000-4000-8000-000000000004"
	sue = "cccccccc-0000-4000-8000-000000000005"
)

// cast is never changed.
var cast = []string{ann, eve, vic, sue}

// stage is an appliance whose operator gives the cast its roles.
type stage struct {
	*appliance
	boss *client.Client // ann's
}

// newStage runs a stage until the test ends. Its queues are long: no watcher is to be cut off because the machine is slow.
func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{appliance: start(t, boardOnly, map[string]string{"websocket.send_buffer_size": "10000"})}
	s.boss = s.dial(t, ann)
	for _, user := range cast { // a user is known from the first message on
		ask[*pmpb.RunningTimerResponse](t, s.dial(t, user), &pmpb.GetRunningTimerRequest{})
	}
	return s
}

// project makes a project in which the cast has its roles.
func (s *stage) project(t testing.TB) *pmpb.Project {
	t.Helper()
	p := newProject(t, s.boss)
	for user, role := range map[string]string{eve: "editor", vic: "viewer"} {
		if _, err := admin.AddMember(t.Context(), s.dir, p.Id, user, role); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// offline gives use the board on the store of an appliance that does not run.
func offline(t testing.TB, dir string, use func(*errand.Handler)) {
	t.Helper()
	loaded, err := config.Load(dir, nil, settings)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := lsm.Open(loaded.DatabaseDir(), lsm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	boxes, err := sandbox.New(t.Context(), host.SandboxConfig(dir, &loaded.Config))
	if err != nil {
		t.Fatal(err)
	}
	defer boxes.Close(t.Context())
	module, err := boxes.Load(t.Context(), hosttest.Guest(t, boardOnly[0]))
	if err != nil {
		t.Fatal(err)
	}
	use(&errand.Handler{Manifest: module.Manifest(), Runner: sandbox.NewPool(module, 1), Store: store, Settings: loaded.Config.GuestSettings()})
}
