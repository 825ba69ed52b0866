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

// cleanTitle returns what is stored of a title. Lengths are those of the stored form, so that a client may send back
// what it got.
func cleanTitle(c *guest.Call, s string) (string, error) {
	s = text.Clean(s, sanitizing(c), false)
	most := maxTitle.of(c)
	switch n := text.Length(s); {
	case n == 0:
		return "", guest.RefuseField(abi.CodeInvalidMessage, "title", "The title must not be empty")
	case n > most:
		return "", guest.RefuseField(abi.CodeInvalidMessage, "title", "The title is too long: at most "+strconv.Itoa(most)+" characters")
	}
	return s, nil
}

// cleanDescription returns what is stored of a description, nil for none. code is the one to refuse with: creating and
// updating differ.
func cleanDescription(c *guest.Call, s *string, code abi.Code) (*string, error) {
	if s == nil {
		return nil, nil
	}
	clean := text.Clean(*s, sanitizing(c), true)
	if most := maxDescription.of(c); text.Length(clean) > most {
		return nil, guest.RefuseField(code, "description", "The description is too long: at most "+strconv.Itoa(most)+" characters")
	}
	return &clean, nil
}
