package e2e

import (
	"errors"
	"strings"
	"testing"

	"workcell/host/admin"
	"workcell/host/client/pmpb"
	"workcell/host/identity"
)

// Members are the operator's business: there is no message for them. Clients see a change at once.
func TestTheOperatorManagesMembers(t *testing.T) {
	a := start(t, boardOnly, nil)
	owner, other := a.dial(t, ann), a.dial(t, "guest-of-ann")
	project := newProject(t, owner)
	items := &pmpb.GetWorkItemsRequest{ProjectId: project.Id}
	refused(t, other, items, "UNAUTHORIZED")

	added, err := admin.AddMember(soon(t), a.dir, strings.ToLower(project.Key), "guest-of-ann", "viewer")
	if err != nil || added.Project.String() != project.Id || len(added.Members) != 1 || added.Members[0].User != identity.UserID("guest-of-ann") || added.Members[0].Role != "viewer" {
		t.Fatalf("added %+v, %v", added, err)
	}
	list(t, other, project.Id)
	if err := other.Subscribe(soon(t), project.Id); err != nil {
		t.Fatal(err)
	}
	newTask(t, owner, project.Id, "heard of")
	list(t, other, project.Id) // events come before its answer
	if events := other.TakeEvents(); len(events) != 2 {
		t.Errorf("a member is told %v, want the item and its activity", events)
	}
	if all, err := admin.ListMembers(soon(t), a.dir, project.Id); err != nil || len(all.Members) != 2 {
		t.Errorf("members are %+v, %v", all, err)
	}

	removed, err := admin.RemoveMember(soon(t), a.dir, project.Id, "guest-of-ann")
	if err != nil || len(removed.Members) != 1 || !removed.Members[0].Since.Equal(added.Members[0].Since) {
		t.Fatalf("removed %+v, %v", removed, err)
	}
	refused(t, other, items, "UNAUTHORIZED")
	newTask(t, owner, project.Id, "not heard of")
	refused(t, other, items, "UNAUTHORIZED")
	if events := other.TakeEvents(); len(events) != 0 {
		t.Errorf("who is no member is told %v", events)
	}

	for what, err := range map[string]error{
		"UNAUTHORIZED|NOT_FOUND": second(admin.ListMembers(soon(t), a.dir, "NOWHERE")),
		"VALIDATION_ERROR":       second(admin.AddMember(soon(t), a.dir, project.Id, ann, "owner")),
		"not a member":           second(admin.RemoveMember(soon(t), a.dir, project.Id, bob)),
		"1 to 64 bytes":          second(admin.ListMembers(soon(t), a.dir, strings.Repeat("P", 65))),
		"by nothing":             second(admin.RemoveMember(soon(t), a.dir, project.Id, "")),
	} {
		first, or, _ := strings.Cut(what, "|")
		if !errors.Is(err, admin.ErrRefused) || !strings.Contains(err.Error(), first) && (or == "" || !strings.Contains(err.Error(), or)) {
			t.Errorf("%v, want %s", err, what)
		}
	}
}

func second(_ admin.Members, err error) error { return err }
