package e2e

import (
	"slices"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

func TestOfTwoUpdatesWithTheSameVersionExactlyOneWins(t *testing.T) {
	const rounds = 100
	a := start(t, boardOnly, nil)
	clients := []*client.Client{a.dial(t, ann), a.dial(t, ann)}
	item := newTask(t, clients[0], newProject(t, clients[0]).Id, "Contested")
	for version := int32(1); version <= rounds; version++ {
		codes := make([]string, len(clients))
		var racing sync.WaitGroup
		for i, c := range clients {
			racing.Go(func() {
				reply, err := c.Do(t.Context(), client.Envelope(&pmpb.UpdateWorkItemRequest{
					WorkItemId: item.Id, ExpectedVersion: version, Position: proto.Int32(10*version + int32(i)),
				}))
				if err != nil {
					t.Error(err)
					return
				}
				codes[i] = reply.GetError().GetCode()
			})
		}
		racing.Wait()
		slices.Sort(codes)
		if !slices.Equal(codes, []string{"", "CONFLICT"}) {
			t.Fatalf("round %d ended with codes %q", version, codes)
		}
	}
	if got := list(t, clients[0], item.ProjectId); got[0].Version != rounds+1 {
		t.Errorf("version %d after %d rounds", got[0].Version, rounds)
	}
}

func TestConcurrentCreatorsGetNumbersWithoutGaps(t *testing.T) {
	const creators, each = 8, 100
	a := start(t, boardOnly, nil)
	project := newProject(t, a.dial(t, ann))
	numbers := make(chan int32, creators*each)
	var working sync.WaitGroup
	for range creators {
		c := a.dial(t, ann)
		working.Go(func() {
			for range each {
				reply, err := client.Ask[*pmpb.WorkItemCreated](t.Context(), c, &pmpb.CreateWorkItemRequest{
					ItemType: pmpb.WorkItemType_TASK, Title: "One of many", ProjectId: project.Id,
				})
				if err != nil {
					t.Error(err)
					return
				}
				numbers <- reply.WorkItem.ItemNumber
			}
		})
	}
	working.Wait()
	close(numbers)
	got := slices.Sorted(func(yield func(int32) bool) {
		for n := range numbers {
			if !yield(n) {
				return
			}
		}
	})
	if len(got) != creators*each {
		t.Fatalf("%d items created, want %d", len(got), creators*each)
	}
	for i, n := range got {
		if n != int32(i+1) {
			t.Fatalf("number %d stands at place %d: numbers %v", n, i+1, got)
		}
	}
	items := list(t, a.dial(t, ann), project.Id)
	positions := make([]int32, 0, len(items))
	for _, item := range items {
		positions = append(positions, item.Position)
	}
	for i, position := range positions {
		if position != int32(i+1) {
			t.Fatalf("position %d stands at place %d", position, i+1)
		}
	}
}
