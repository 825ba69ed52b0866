package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/host/identity"
)

const authSecret = "0123456789abcdef0123456789abcdef"

// withAuth are the settings of an appliance that asks for tokens.
var withAuth = map[string]string{"auth.enabled": "true", "auth.jwt_secret": authSecret}

// mint returns a token of a user that is good for a while.
func mint(t testing.TB, key identity.Key, user string, life time.Duration, roles ...string) string {
	t.Helper()
	now := time.Now()
	token, err := key.Mint(identity.Token{Subject: user, Roles: roles, Issued: now, Expires: now.Add(life)})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestATokenSaysWhoTheUserIs(t *testing.T) {
	a := start(t, boardOnly, withAuth)
	key := identity.SecretKey(authSecret)
	c := a.dialWith(t, client.Options{Token: mint(t, key, "user-1", time.Hour)})
	project := newProject(t, c)

	again := a.dialWith(t, client.Options{Token: mint(t, key, "user-1", time.Minute), User: "user-1"})
	if got := newTask(t, again, project.Id, "Dig").ProjectId; got != project.Id {
		t.Errorf("the same user works on %s", got)
	}
	if got := projects(t, again); len(got) != 1 || got[0].Id != project.Id || got[0].CreatedBy != project.CreatedBy {
		t.Errorf("the same user sees %v", got)
	}
	other := a.dialWith(t, client.Options{Token: mint(t, key, "user-2", time.Hour, "admin")})
	if got := projects(t, other); len(got) != 0 {
		t.Errorf("another user sees %v", got)
	}
	refused(t, other, &pmpb.DeleteProjectRequest{ProjectId: project.Id, ExpectedVersion: 1}, "UNAUTHORIZED")
}

func projects(t testing.TB, c *client.Client) []*pmpb.Project {
	t.Helper()
	return ask[*pmpb.ProjectList](t, c, &pmpb.ListProjectsRequest{}).Projects
}

func TestWhoComesInWithoutAGoodTokenDoesNot(t *testing.T) {
	a := start(t, boardOnly, withAuth)
	key := identity.SecretKey(authSecret)
	good, expired := mint(t, key, "user-1", time.Hour), mint(t, key, "user-1", -time.Hour)
	forged := mint(t, identity.SecretKey(strings.Repeat("x", 32)), "user-1", time.Hour)
	twice := url.QueryEscape(strings.ReplaceAll(good, ".", "%2E"))
	for _, c := range []struct {
		name, query, authorization string
		status                     int
	}{
		{"nothing", "", "", 401},
		{"a name", "?user_id=" + ann, "", 401},
		{"an expired token", "", "Bearer " + expired, 401},
		{"a forged token", "", "Bearer " + forged, 401},
		{"another scheme", "", "Basic " + good, 401},
		{"a scheme in lower case", "", "bearer " + good, 401},
		{"somebody else's name", "?user_id=" + ann, "Bearer " + good, 401},
		{"a bad header beside a good query", "?token=" + good, "Bearer x", 401},
		{"a query that cannot be decoded", "?token=%zz", "", 400},
		{"a token in the header", "", "Bearer " + good, 101},
		{"a token in the query", "?token=" + good, "", 101},
		{"a token in the query, encoded twice", "?token=" + twice, "", 101},
		{"the user's own name", "?user_id=user-1&token=" + good, "", 101},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := http.Header{}
			if c.authorization != "" {
				header.Set("Authorization", c.authorization)
			}
			raw, err := client.DialRaw(soon(t), a.url()+c.query, client.Options{Header: header})
			if err == nil {
				raw.Abort()
			}
			status := 101
			if no, ok := errors.AsType[*client.RefusedError](err); ok {
				if status = no.Status; status == 401 && no.Body != "" {
					t.Errorf("the refusal says %q", no.Body)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if status != c.status {
				t.Errorf("answered with %d, want %d", status, c.status)
			}
		})
	}
	if status, _, _ := request(t, "GET", fmt.Sprintf("http://%s/ws", a.host.Address())); status != 400 {
		t.Errorf("what is no upgrade gets %d: its form counts before its sender", status)
	}
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	for _, line := range a.log.lines() {
		for _, secret := range []string{good[:30], good[len(good)-20:], expired[len(expired)-20:], authSecret, "%2E"} {
			if strings.Contains(line, secret) {
				t.Errorf("a secret is in the log: %s", line)
			}
		}
	}
}

func TestTheUserOfTheAPIIsKnownFromTheStart(t *testing.T) {
	const robot = "00000000-0000-4000-8000-00000000000b"
	a := start(t, boardOnly, map[string]string{"api.llm_user_id": robot})
	for _, c := range []struct {
		user    string
		commits uint64 // that make the user known
	}{{robot, 0}, {ann, 1}, {ann, 0}} {
		before := a.host.Status(t.Context()).Sequence
		projects(t, a.dial(t, c.user))
		if got := a.host.Status(t.Context()).Sequence - before; got != c.commits {
			t.Errorf("the first message of %s led to %d commits, want %d", c.user, got, c.commits)
		}
	}
}

func TestTokensOfAPublicKey(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	public := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&private.PublicKey)})
	signing := filepath.Join(t.TempDir(), "private.pem")
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "public.pem"), public, 0o600),
		os.WriteFile(signing, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	a := startIn(t, dir, boardOnly, map[string]string{"auth.enabled": "true", "auth.jwt_public_key_path": "public.pem"})
	key, err := identity.ReadPrivateKey(signing)
	if err != nil {
		t.Fatal(err)
	}
	newProject(t, a.dialWith(t, client.Options{Token: mint(t, key, "user-1", time.Hour)}))
	confused := mint(t, identity.SecretKey(string(public)), "user-1", time.Hour)
	_, err = client.DialRaw(soon(t), a.url(), client.Options{Token: confused})
	if no, ok := errors.AsType[*client.RefusedError](err); !ok || no.Status != 401 {
		t.Errorf("a token signed with the public key as a secret: %v", err)
	}
}

// post sends a POST and returns the answer.
func post(t *testing.T, a *appliance, path, authorization string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(soon(t), http.MethodPost, fmt.Sprintf("http://%s%s", a.host.Address(), path), nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	status, _, body = do(t, req)
	return status, body
}

func TestAnAdminShutsTheServerDown(t *testing.T) {
	a := start(t, boardOnly, withAuth)
	key := identity.SecretKey(authSecret)
	c := a.dialWith(t, client.Options{Token: mint(t, key, "user-1", time.Hour)})
	newProject(t, c)
	for _, token := range []string{"", "Bearer " + mint(t, key, "user-1", time.Hour, "viewer")} {
		for _, path := range []string{"/admin/checkpoint", "/admin/shutdown"} {
			if status, body := post(t, a, path, token); status != 403 || body != "" {
				t.Errorf("%s answers %d %q", path, status, body)
			}
		}
	}
	admin := "Bearer " + mint(t, key, "ops", time.Hour, "admin")
	if status, body := post(t, a, "/admin/checkpoint", admin); status != 200 || !strings.HasPrefix(body, `{"status":"ok","message":"`) {
		t.Errorf("the checkpoint answers %d %q", status, body)
	}
	newProject(t, c) // all is as before
	if status, body := post(t, a, "/admin/shutdown", admin); status != 202 || body != "" {
		t.Errorf("the shutdown answers %d %q", status, body)
	}
	var err error
	for err == nil { // events come before the end
		_, err = c.NextEvent(soon(t))
	}
	if closed, ok := errors.AsType[*client.CloseError](err); !ok || closed.Code != 1001 {
		t.Errorf("the connection ended with %v", err)
	}
	<-a.ended // by itself; how, is looked at when the test ends
}
