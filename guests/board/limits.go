package board

import (
	"strconv"

	"workcell/abi"
	"workcell/guests/board/text"
	"workcell/guests/guest"
)

// A limit is a number the operator may set.
type limit struct {
	name     string
	standard int // if it is not set
}

var (
	maxTitle       = limit{"validation.max_title_length", 200}
	maxDescription = limit{"validation.max_description_length", 10_000}
	maxStoryPoints = limit{"validation.max_story_points", 100}
	maxSprintName  = limit{"validation.max_sprint_name_length", 100}
	maxComment     = limit{"validation.max_comment_length", 5000}
)

// of returns the limit in force. What is not a number counts as not set: the host has checked its configuration.
func (l limit) of(c *guest.Call) int {
	if value, found := c.Config(l.name); found {
		if n, err := strconv.Atoi(value); err == nil {
			return n
		}
	}
	return l.standard
}

// sanitizing returns what is done to text that may hold markup.
func sanitizing(c *guest.Call) text.Mode {
	if value, found := c.Config("validation.sanitize"); found {
		if mode, ok := text.ParseMode(value); ok {
			return mode
		}
	}
	return text.Active
}

// cleanText returns what is stored of a text that must not be empty. Lengths are those of the stored form, so that a
// client may send back what it got.
func cleanText(c *guest.Call, field, s string, most limit, markdown bool) (string, error) {
	s = text.Clean(s, sanitizing(c), markdown)
	if s == "" {
		return "", guest.RefuseField(abi.CodeInvalidMessage, field, "The "+field+" must not be empty")
	}
	return s, checkLength(field, s, most.of(c), abi.CodeInvalidMessage)
}

// cleanTitle returns what is stored of the title of a project or work item.
func cleanTitle(c *guest.Call, s string) (string, error) {
	return cleanText(c, "title", s, maxTitle, false)
}

// cleanDescription returns what is stored of a description, nil for none. code is the one to refuse with: creating and
// updating differ.
func cleanDescription(c *guest.Call, s *string, code abi.Code) (*string, error) {
	return cleanOptional(c, "description", s, maxDescription.of(c), true, code)
}

// cleanOptional returns what is stored of a text that may be absent or empty.
func cleanOptional(c *guest.Call, field string, s *string, most int, markdown bool, code abi.Code) (*string, error) {
	if s == nil {
		return nil, nil
	}
	clean := text.Clean(*s, sanitizing(c), markdown)
	return &clean, checkLength(field, clean, most, code)
}

func checkLength(field, s string, most int, code abi.Code) error {
	if len(s) <= most || text.Length(s) <= most { // there are no more characters than bytes
		return nil
	}
	return guest.RefuseField(code, field, "The "+field+" is too long: at most "+strconv.Itoa(most)+" characters")
}
