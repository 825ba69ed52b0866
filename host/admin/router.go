package admin

import (
	"net/http"
	"slices"
	"strings"
)

// router matches whole paths. A path it does not know goes to next, or gets 404; a known path with another method gets 405
// with Allow; both without a body. HEAD works where GET does. The path becomes the request's Pattern.
type router struct {
	paths map[string]map[string]http.HandlerFunc
	next  http.Handler
}

func newRouter() *router {
	return &router{paths: map[string]map[string]http.HandlerFunc{}, next: notFound}
}

// notFound answers 404 without a body.
var notFound = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })

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
