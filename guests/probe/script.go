package probe

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"workcell/abi"
	"workcell/guests/guest"
)

// runScript does what the lines of the request say. Lines of the reply tell what came back.
func runScript(c *guest.Call) error {
	script := string(c.Request())
	if script == "" {
		return nil
	}
	for line := range strings.SplitSeq(script, "\n") {
		words := strings.Split(line, " ")
		step, ok := steps[words[0]]
		if !ok {
			panic("probe: no step is called " + words[0])
		}
		if err := step(c, words[1:]); err != nil {
			return err
		}
	}
	return nil
}

// steps are what a script can do. It is never changed.
var steps = map[string]func(c *guest.Call, a []string) error{
	"put": func(c *guest.Call, a []string) error {
		c.Put(number(a[0]), parseWord(a[1]), parseWord(a[2]))
		return nil
	},
	"delete": func(c *guest.Call, a []string) error {
		c.Delete(number(a[0]), parseWord(a[1]))
		return nil
	},
	"get": func(c *guest.Call, a []string) error {
		value, found := c.Get(number(a[0]), parseWord(a[1]))
		sayValue(c, value, found)
		return nil
	},
	"scan": scan,

	"emit": func(c *guest.Call, a []string) error {
		var scopes []abi.Scope
		for _, w := range a[2:] {
			scopes = append(scopes, parseScope(w))
		}
		c.Emit(uint32(number(a[0])), parseWord(a[1]), scopes...)
		return nil
	},
	"subscribe": func(c *guest.Call, a []string) error {
		if c.Subscribe(parseScope(a[0])) {
			say(c, "held")
		} else {
			say(c, "limit")
		}
		return nil
	},
	"subscribe-many": func(c *guest.Call, a []string) error {
		accepted := 0
		for i := range number(a[0]) {
			if c.Subscribe(abi.Scope{Kind: abi.ScopeTopic, ID: "topic-" + strconv.Itoa(i)}) {
				accepted++
			}
		}
		say(c, strconv.Itoa(accepted))
		return nil
	},
	"unsubscribe": func(c *guest.Call, a []string) error {
		c.Unsubscribe(parseScope(a[0]))
		return nil
	},
	"revoke": func(c *guest.Call, a []string) error {
		c.Revoke(parseScope(a[0]), [16]byte(parseWord(a[1])))
		return nil
	},

	"identity": func(c *guest.Call, _ []string) error {
		id := c.Identity()
		words := []string{strconv.Itoa(int(id.Mode)), hex.EncodeToString(id.User[:]), hex.EncodeToString(id.Connection[:])}
		for _, role := range id.Roles {
			words = append(words, string(appendWord(nil, []byte(role))))
		}
		say(c, strings.Join(words, " "))
		return nil
	},
	"config": func(c *guest.Call, a []string) error {
		value, found := c.Config(a[0])
		sayValue(c, []byte(value), found)
		return nil
	},
	"route": func(c *guest.Call, _ []string) error {
		say(c, strconv.Itoa(int(c.Route())))
		return nil
	},
	"now": func(c *guest.Call, _ []string) error {
		say(c, strconv.FormatInt(c.NowMS(), 10)+" "+strconv.FormatInt(c.Now(), 10))
		return nil
	},
	"random": func(c *guest.Call, a []string) error {
		p := make([]byte, number(a[0]))
		c.Random(p)
		say(c, hex.EncodeToString(p))
		return nil
	},
	"log": func(c *guest.Call, a []string) error {
		c.Log(number(a[0]), string(parseWord(a[1])))
		return nil
	},

	"refuse": func(_ *guest.Call, a []string) error {
		return guest.RefuseField(abi.Code(number(a[0])), string(parseWord(a[1])), string(parseWord(a[2])))
	},
	"error": func(*guest.Call, []string) error { return errors.New("something the client must not see") },
	"panic": func(*guest.Call, []string) error { panic("probe: asked to panic") },
}

// scan set lo hi forward|reverse stop [limit]: visits until it has seen so many
func scan(c *guest.Call, a []string) error {
	stop, seen := number(a[4]), 0
	r := guest.Range{Lo: parseWord(a[1]), Hi: parseWord(a[2]), Reverse: a[3] == "reverse"}
	if len(a) > 5 {
		r.Limit = number(a[5])
	}
	c.Scan(number(a[0]), r, func(key, value []byte) bool {
		sayPair(c, key, value)
		seen++
		return seen < stop
	})
	say(c, "end "+strconv.Itoa(seen))
	return nil
}

func say(c *guest.Call, line string) { c.Reply([]byte(line + "\n")) }

func sayValue(c *guest.Call, value []byte, found bool) {
	if !found {
		say(c, "absent")
		return
	}
	c.Reply(append(appendWord(nil, value), '\n'))
}

func sayPair(c *guest.Call, key, value []byte) {
	line := append(appendWord(nil, key), ' ')
	c.Reply(append(appendWord(line, value), '\n'))
}

// parseScope reads kind:id.
func parseScope(w string) abi.Scope {
	kind, id, _ := strings.Cut(w, ":")
	return abi.Scope{Kind: abi.ScopeKind(number(kind)), ID: string(parseWord(id))}
}
