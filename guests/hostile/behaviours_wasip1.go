package main

import (
	"errors"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"time"

	"workcell/abi"
	"workcell/guests/guest"
)

// Variables that outlive a call, if an instance does. The compiler must not see through what is done with them.
var (
	counter int
	sink    []byte
	hoard   [][]byte
	divisor int
	nowhere *[1 << 20]int
)

// behaviours are the ways to be wrong, by name; some are right, to compare with. It is never changed.
var behaviours = map[string]func(c *guest.Call, a []string) error{
	// Of the guest's own code.
	"panic": func(*guest.Call, []string) error { panic("hostile: secret 0xdeadbeef") },
	"nil": func(*guest.Call, []string) error {
		sink = append(sink, byte(nowhere[1<<19]))
		return nil
	},
	"divide": func(*guest.Call, []string) error {
		sink = append(sink, byte(1/divisor))
		return nil
	},
	"loop": func(*guest.Call, []string) error {
		for {
			counter++
		}
	},
	"recurse": func(*guest.Call, []string) error {
		counter = recurse(1)
		return nil
	},
	"hoard": func(*guest.Call, []string) error {
		for {
			hoard = append(hoard, make([]byte, 1<<20))
		}
	},
	"exit": func(*guest.Call, []string) error {
		os.Exit(0)
		return nil
	},
	"exit-import": func(_ *guest.Call, a []string) error {
		procExit(uint32(number(a[0])))
		return nil
	},
	"deadlock": func(*guest.Call, []string) error {
		select {}
	},
	"fatal": func(*guest.Call, []string) error {
		m := map[int]int{}
		done := make(chan bool)
		go func() { close(done); panic("hostile: on another goroutine") }()
		<-done
		m[1]++
		time.Sleep(time.Second)
		return nil
	},
	"sleep": func(c *guest.Call, a []string) error {
		before := time.Now()
		time.Sleep(time.Duration(number(a[0])) * time.Second)
		return say(c, time.Since(before).Truncate(time.Second).String())
	},

	// Of what it asks for.
	"reply": func(c *guest.Call, a []string) error {
		for range number(a[0]) {
			c.Reply(make([]byte, number(a[1])))
		}
		return nil
	},
	"writes": func(c *guest.Call, a []string) error {
		value := make([]byte, number(a[1]))
		for i := range number(a[0]) {
			c.Put(setOwn, []byte(strconv.Itoa(i)), value)
		}
		return nil
	},
	"events": func(c *guest.Call, a []string) error {
		for range number(a[0]) {
			c.Emit(fieldEvent, make([]byte, number(a[1])), topic)
		}
		return nil
	},
	"revocations": func(c *guest.Call, a []string) error {
		for range number(a[0]) {
			c.Revoke(topic, [16]byte{})
		}
		return nil
	},
	"scans": func(c *guest.Call, a []string) error {
		for range number(a[0]) {
			c.Scan(setOwn, guest.Range{}, func(_, _ []byte) bool { return true })
		}
		return nil
	},
	"scan-forever": func(*guest.Call, []string) error {
		for {
			kvScan(setOwn, at(), 1, at(), 0, 0, at(), uint32(len(good)))
		}
	},
	"undeclared-event": func(c *guest.Call, _ []string) error {
		c.Emit(fieldReply, nil, topic)
		return nil
	},
	// scopes KIND IDBYTES CUT: a list of one scope, without its last bytes.
	"scopes": func(_ *guest.Call, a []string) error {
		list := abi.AppendScope(nil, abi.Scope{Kind: abi.ScopeKind(number(a[0])), ID: strings.Repeat("s", number(a[1]))})
		copy(good[:], list)
		emit(at(), uint32(len(list)-number(a[2])), fieldEvent, at(), 8)
		return nil
	},
	"undeclared-set": func(c *guest.Call, a []string) error {
		c.Get(number(a[0]), []byte("k"))
		return nil
	},
	"write-read-set": func(c *guest.Call, _ []string) error {
		c.Put(setReadOnly, []byte("k"), nil)
		return nil
	},
	"log-flood": func(c *guest.Call, a []string) error {
		for i := range number(a[0]) {
			c.Log(abi.LogInfo, "flood "+strconv.Itoa(i))
		}
		return say(c, "logged")
	},
	"stderr-flood": func(_ *guest.Call, a []string) error {
		line := []byte(strings.Repeat("x", 1023) + "\n")
		for range number(a[0]) {
			_, _ = os.Stderr.Write(line)
		}
		panic("hostile: last words")
	},
	"random-too-much": func(c *guest.Call, _ []string) error {
		c.Random(make([]byte, abi.MaxRandomBytes+1))
		return nil
	},

	// Of how it ends.
	"refuse": func(_ *guest.Call, a []string) error {
		return guest.Refuse(abi.Code(number(a[0])), strings.Join(a[1:], " "))
	},
	"error": func(*guest.Call, []string) error { return errors.New("hostile: secret 0xdeadbeef") },

	// What is right.
	"put": func(c *guest.Call, a []string) error {
		c.Put(setOwn, []byte(a[0]), []byte(a[1]))
		return say(c, "stored")
	},
	"get": func(c *guest.Call, a []string) error {
		value, found := c.Get(setOwn, []byte(a[0]))
		if !found {
			return say(c, "absent")
		}
		return say(c, string(value))
	},
	"keys": func(c *guest.Call, _ []string) error {
		count := 0
		c.Scan(setOwn, guest.Range{}, func(_, _ []byte) bool { count++; return true })
		return say(c, strconv.Itoa(count))
	},
	// count tells how many calls this instance has seen: always one.
	"count": func(c *guest.Call, _ []string) error {
		counter++
		hoard = append(hoard, c.Request())
		return say(c, strconv.Itoa(counter)+" "+strconv.Itoa(len(hoard)))
	},
	// draw tells everything that could differ between two runs of the same call.
	"draw": func(c *guest.Call, _ []string) error {
		p := make([]byte, 16)
		c.Random(p)
		order := ""
		for key := range map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9} {
			order += key
		}
		line := strings.Join([]string{
			strconv.Quote(string(p)), order, strconv.Itoa(rand.Int()), time.Now().UTC().String(), strconv.FormatInt(c.NowMS(), 10),
		}, " ")
		c.Put(setOwn, p, []byte(line))
		c.Emit(fieldEvent, p, topic)
		return say(c, line)
	},

	// wild FUNCTION POINTER LENGTH, see wild_wasip1.go.
	"wild": func(c *guest.Call, a []string) error {
		wild[a[0]](uint32(number(a[1])), uint32(number(a[2])))
		return say(c, "survived")
	},
}

var topic = abi.Scope{Kind: abi.ScopeTopic, ID: "hostile"}

func say(c *guest.Call, text string) error {
	c.Reply([]byte(text))
	return nil
}

func recurse(n int) int {
	var frame [64]int
	frame[n%64] = n
	return recurse(n+1) + frame[(n+1)%64]
}
