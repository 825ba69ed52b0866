package admin

import (
	"net/http"
	"slices"
	"strings"

	"workcell/abi"
)

// router matches whole paths. A path it does not know goes to next, or gets 404; a known path with another method gets 405
// with Allow; both without a body, save below /api/. HEAD works where GET does. The path becomes the request's Pattern.
type router struct {
	paths map[string]map[string]http.HandlerFunc
	next  http.Handler
}

func newRouter() *router {
	return &router{paths: map[string]map[string]http.HandlerFunc{}, next: notFound}
}

// notFound answers 404: below /api/ with an error in JSON, as clients of a REST API read nothing else, and elsewhere without
// a body.
var notFound = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	writeJSON(w, http.StatusNotFound, map[string]any{"error": map[string]string{
		"code": abi.CodeNotFound.String(), "message": "There is no REST API: use the socket at /ws",
	}})
})

// get adds a handler for GET and HEAD.
func (r *router) get(path string, handle http.HandlerFunc) {
	r.paths[path] = map[string]http.HandlerFunc{http.MethodGet: handle, http.MethodHead: handle}
}

// post adds a handler for POST.
func (r *router) post(path string, handle http.HandlerFunc) {
	r.paths[path] = map[string]http.HandlerFunc{http.MethodPost: handle}
}

// ServeHTTP implements http.Handler.
func (r *router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	methods, ok := r.paths[req.URL.Path]
	if !ok {
		r.next.ServeHTTP(w, req)
		return
	}
	req.Pattern = req.URL.Path
	handle, ok := methods[req.Method]
	if !ok {
		allowed := make([]string, 0, len(methods))
		for method := range methods {
			allowed = append(allowed, method)
		}
		slices.Sort(allowed)
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	handle(w, req)
}
