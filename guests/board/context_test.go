package board

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"workcell/guests/board/pm"
)

func (w *world) context(req *pm.GetLlmContextRequest) []*pm.LlmContextEntry {
	w.t.Helper()
	var reply pm.LlmContextList
	w.as(sue).ok(getContextRoute, req, &reply)
	return reply.Entries
}

// What is promised of each entry, in the order of their ids: ranges of ids, then the category of each.
func TestContextEntries(t *testing.T) {
	all := newWorld(t).context(&pm.GetLlmContextRequest{})
	same(t, "number", len(all), 28)
	byID := slices.Clone(all)
	slices.SortFunc(byID, func(a, b *pm.LlmContextEntry) int { return strings.Compare(a.Id, b.Id) })
	kinds := append(append(append(slices.Repeat([]string{"schema_doc 100"}, 10), slices.Repeat([]string{"query_pattern 90"}, 8)...),
		slices.Repeat([]string{"business_rule 80"}, 5)...), slices.Repeat([]string{"instruction 70"}, 5)...)
	categories := strings.Fields(`work_items sprints comments time_entries dependencies activity_log general general general swim_lanes
		work_items dependencies sprints time_entries activity_log work_items dependencies work_items
		work_items time_entries comments dependencies work_items
		general work_items general general activity_log`)
	for i, e := range byID {
		n := strconv.Itoa(i + 1)
		same(t, "id", e.Id, "11111111-1111-1111-1111-"+strings.Repeat("0", 12-len(n))+n)
		same(t, "kind of "+n, e.ContextType+" "+strconv.Itoa(int(e.Priority)), kinds[i])
		same(t, "category of "+n, e.Category, categories[i])
		if e.Title == "" || len(e.Content) < 80 || strings.Contains(e.Content, "  ") {
			t.Errorf("entry %s says %q", n, e.Content)
		}
		example := e.ExampleSql != nil && *e.ExampleSql != "" && e.ExampleDescription != nil && *e.ExampleDescription != ""
		same(t, "example of "+n, example, e.ContextType == "query_pattern")
	}
	if !slices.IsSortedFunc(all, func(a, b *pm.LlmContextEntry) int {
		return strings.Compare(strconv.Itoa(1000-int(a.Priority))+a.Title, strconv.Itoa(1000-int(b.Priority))+b.Title)
	}) {
		t.Error("not in order of priority, then title")
	}
}

func TestContextFilters(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		name string
		req  pm.GetLlmContextRequest
		want int
	}{
		{"category", pm.GetLlmContextRequest{Category: new("general")}, 6},
		{"kind", pm.GetLlmContextRequest{ContextType: new("business_rule")}, 5},
		{"a kind without entries", pm.GetLlmContextRequest{ContextType: new("example")}, 0},
		{"unknown words", pm.GetLlmContextRequest{Category: new("x"), ContextType: new("y")}, 0},
		{"empty words", pm.GetLlmContextRequest{Category: new("")}, 0},
		{"priority", pm.GetLlmContextRequest{MinPriority: new(int32(90))}, 18},
		{"priority 0", pm.GetLlmContextRequest{MinPriority: new(int32(0))}, 28},
		{"all of them", pm.GetLlmContextRequest{Category: new("work_items"), ContextType: new("query_pattern"), MinPriority: new(int32(90))}, 3},
	} {
		same(t, tc.name, len(w.context(&tc.req)), tc.want)
	}
}
