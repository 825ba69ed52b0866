package config

import (
	"fmt"
	"path/filepath"
	"time"

	"workcell/host/identity"
)

// minSecretBytes is the length of an HS256 key: a shorter secret weakens the signature (RFC 7518, section 3.2).
const minSecretBytes = 32

// Validate checks a Config that was put together in code, against ranges and against the files below dir. It returns
// nil or a Problems, whose origins are all "default". Load validates by itself.
func (c Config) Validate(dir string) error {
	var problems Problems
	bad := map[string]bool{}
	for _, k := range table {
		if v := k.kind.get(&c); !k.kind.valid(v) {
			bad[k.name] = true
			problems = append(problems, problem(k, v, Origin{}))
		}
	}
	problems = append(problems, crossCheck(&c, dir, nil, bad)...)
	return problems.err()
}

// crossCheck finds problems that no single key has. Keys in bad are known to be wrong already and raise no more.
func crossCheck(c *Config, dir string, origins map[string]Origin, bad map[string]bool) Problems {
	x := crossing{c, dir, origins, bad, nil}
	x.heartbeat()
	x.secret()
	x.publicKey()
	x.someKey()
	return x.problems
}

type crossing struct {
	config   *Config
	dir      string
	origins  map[string]Origin
	bad      map[string]bool
	problems Problems
}

// add reports the present value of a key; an empty remedy means the usual one.
func (x *crossing) add(name, allowed, remedy string) {
	i, _ := find(name)
	p := problem(table[i], table[i].kind.get(x.config), x.origins[name])
	p.Allowed = allowed
	if remedy != "" {
		p.Remedy = remedy
	}
	x.problems = append(x.problems, p)
}

func (x *crossing) anyBad(names ...string) bool {
	for _, name := range names {
		if x.bad[name] {
			return true
		}
	}
	return false
}

// heartbeat: a silence shorter than the gap between two pings would close every healthy session.
func (x *crossing) heartbeat() {
	const timeout, interval = "websocket.heartbeat_timeout_secs", "websocket.heartbeat_interval_secs"
	if x.anyBad(timeout, interval) || x.config.WebsocketHeartbeatTimeout > x.config.WebsocketHeartbeatInterval {
		return
	}
	x.add(timeout, fmt.Sprintf("more than %s, which is %d (%s)", interval,
		x.config.WebsocketHeartbeatInterval/time.Second, x.origins[interval]), "")
}

func (x *crossing) secret() {
	const secret = "auth.jwt_secret"
	n := len(x.config.AuthJWTSecret)
	if x.anyBad(secret, "auth.enabled") || !x.config.AuthEnabled || n == 0 || n >= minSecretBytes {
		return
	}
	x.add(secret, fmt.Sprintf("at least %d bytes when auth.enabled is true", minSecretBytes), "")
}

func (x *crossing) publicKey() {
	const path = "auth.jwt_public_key_path"
	if x.anyBad(path) || x.config.AuthJWTPublicKeyPath == "" {
		return
	}
	file := filepath.Join(x.dir, x.config.AuthJWTPublicKeyPath)
	if _, err := identity.ReadPublicKey(file); err != nil {
		x.add(path, "a file with an RSA public key", "put it there: "+err.Error())
	}
}

// someKey: without a key no token can be checked, and no client could come in.
func (x *crossing) someKey() {
	const enabled, secret, path = "auth.enabled", "auth.jwt_secret", "auth.jwt_public_key_path"
	none := x.config.AuthJWTSecret == "" && x.config.AuthJWTPublicKeyPath == ""
	if x.anyBad(enabled, secret, path) || !x.config.AuthEnabled || !none {
		return
	}
	x.add(enabled, "true only when a key for tokens is set", fmt.Sprintf(
		"set %s (at least %d bytes) or %s, or switch authentication off", secret, minSecretBytes, path))
}
