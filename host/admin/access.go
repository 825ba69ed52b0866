package admin

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"workcell/host/identity"
)

// Access decides who may ask for more than health.
type Access struct {
	Door *identity.Door
}

// reader reports whether a request may read the metrics.
func (a Access) reader(r *http.Request) bool {
	if !a.Door.AsksForTokens() || fromHere(r) {
		return true
	}
	_, err := a.Door.Bearer(r.Header.Get("Authorization"), time.Now())
	return err == nil
}

// operator returns why a request may not use the admin endpoints, or "".
func (a Access) operator(r *http.Request) string {
	switch {
	case !fromHere(r):
		return "not from this machine"
	case foreign(r):
		return "from a page of another site"
	case !a.Door.AsksForTokens():
		return ""
	}
	person, err := a.Door.Bearer(r.Header.Get("Authorization"), time.Now())
	switch {
	case err != nil:
		return err.Error()
	case !person.Has(identity.Admin):
		return "without the role " + identity.Admin
	}
	return ""
}

// fromHere reports whether a request was made on this machine, and not passed on by a proxy on it.
func fromHere(r *http.Request) bool {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	passedOn := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != ""
	return err == nil && address.Addr().Unmap().IsLoopback() && !passedOn
}

// foreign reports whether a request was made by a web page that is not our own. A page whose name an attacker made to
// point at this machine is foreign too: only the names of loopback are ours.
func foreign(r *http.Request) bool {
	text := r.Header.Get("Origin")
	if text == "" {
		return false
	}
	origin, err := url.Parse(text)
	if err != nil || origin.Host == "" || origin.Host != r.Host {
		return true
	}
	address, err := netip.ParseAddr(origin.Hostname())
	return !strings.EqualFold(origin.Hostname(), "localhost") && (err != nil || !address.IsLoopback())
}

// Origins are the sites whose pages may read our answers, such as https://board.example. One that is "*" stands for all.
type Origins []string

// allow lets those pages read the answers of next, and answers their preflights.
func (o Origins) allow(next http.Handler) http.Handler {
	all := slices.Contains(o, "*")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		switch origin := r.Header.Get("Origin"); {
		case all:
			header.Set("Access-Control-Allow-Origin", "*")
		case slices.Contains(o, origin):
			header.Set("Access-Control-Allow-Origin", origin)
			fallthrough
		default:
			header.Add("Vary", "Origin")
		}
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			header.Set("Access-Control-Allow-Methods", "*")
			header.Set("Access-Control-Allow-Headers", "*, Authorization") // the star leaves Authorization out
			w.WriteHeader(http.StatusOK)
			return
		}
		next.ServeHTTP(w, r)
	})
}
