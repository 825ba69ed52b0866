package board

import (
	"strings"

	"pgregory.net/rapid"
)

func drawTitle(t *rapid.T) string {
	return rapid.SampledFrom([]string{"A", "B", " B ", "C\t", "Ünï", "", "  "}).Draw(t, "title")
}

func drawText(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", " ", "d", " d", "e\n"}).Draw(t, "text")
}

func drawStatus(t *rapid.T) string {
	return rapid.SampledFrom([]string{"backlog", "todo", "in_progress", "review", "done", "blocked", "", "Done"}).Draw(t, "status")
}

func drawPriority(t *rapid.T) string {
	return rapid.SampledFrom([]string{"low", "medium", "high", "critical", "low", "high", "", "urgent"}).Draw(t, "priority")
}

func drawOptional(t *rapid.T, name string, draw func(*rapid.T) string) *string {
	if rapid.Bool().Draw(t, "with "+name) {
		return new(draw(t))
	}
	return nil
}

// drawForm mostly returns id, sometimes in upper case, now and then something that is no such id.
func drawForm(t *rapid.T, ids []string) string {
	n := rapid.IntRange(0, 19).Draw(t, "form")
	switch {
	case n == 0:
		return ""
	case n == 1:
		return "nonsense"
	case n == 2 || len(ids) == 0:
		return unknownID
	case n == 3:
		return strings.ToUpper(rapid.SampledFrom(ids).Draw(t, "id"))
	}
	return rapid.SampledFrom(ids).Draw(t, "id")
}

func (s *session) drawProject(t *rapid.T) string {
	var ids []string
	for _, p := range s.projects {
		ids = append(ids, p.Id)
	}
	return drawForm(t, ids)
}

func (s *session) drawItem(t *rapid.T) string {
	var ids []string
	for _, it := range s.items {
		ids = append(ids, it.Id)
	}
	return drawForm(t, ids)
}

func (s *session) drawUser(t *rapid.T) string {
	return drawForm(t, []string{ann.String(), ed.String(), vic.String(), sue.String()})
}

func (s *session) drawSprint(t *rapid.T) string {
	var ids []string
	for _, sprint := range s.sprints {
		ids = append(ids, sprint.Id)
	}
	return drawForm(t, ids)
}

func (s *session) drawVersion(t *rapid.T, project string) int32 {
	version := rapid.SampledFrom([]int32{0, 0, 0, 0, 1, -1}).Draw(t, "version off by")
	if p := s.model.project(canonical(project)); p != nil {
		version += p.Version
	}
	return version
}

func (s *session) drawItemVersion(t *rapid.T, item string) int32 {
	version := rapid.SampledFrom([]int32{0, 0, 0, 0, 1, -1}).Draw(t, "version off by")
	if it := s.liveItem(canonical(item)); it != nil {
		version += it.Version
	}
	return version
}

func (s *session) drawComment(t *rapid.T) string {
	var ids []string
	for _, c := range s.comments {
		ids = append(ids, c.Id)
	}
	return drawForm(t, ids)
}

func (s *session) drawEntry(t *rapid.T) string {
	var ids []string
	for _, e := range s.entries {
		ids = append(ids, e.Id)
	}
	return drawForm(t, ids)
}

func (s *session) drawLink(t *rapid.T) string {
	var ids []string
	for _, l := range s.links {
		ids = append(ids, l.Id)
	}
	return drawForm(t, ids)
}

// drawDate draws a date of a sprint, now and then one too far away.
func (s *session) drawDate(t *rapid.T) int64 {
	const day = 86400
	return s.now + rapid.SampledFrom([]int64{-366 * day, -365 * day, -day, 0, day, 2 * day, 1825 * day, 1825*day + 1}).Draw(t, "date")
}

// drawTime draws a start or end of a time entry.
func (s *session) drawTime(t *rapid.T) int64 {
	return s.now + rapid.SampledFrom([]int64{-90_000, -86_400, -3600, -3600, -60, 0, 0, 60, 61}).Draw(t, "time")
}
