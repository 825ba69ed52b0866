package admin

import (
	"net/http"
	"slices"
	"strings"
)

// router matches whole paths. An unknown path gets 404, a known path with another method 405 with Allow, both without a
// body. HEAD works where GET does.
type router struct {
	paths map[string]map[string]http.HandlerFunc
}

func newRouter() *router { return &router{paths: map[string]map[string]http.HandlerFunc{}} }

// get adds a handler for GET and HEAD.
func (r *router) get(path string, handle http.HandlerFunc) {
	r.paths[path] = map[string]http.HandlerFunc{http.MethodGet: handle, http.MethodHead: handle}
}

// ServeHTTP implements http.Handler.
func (r *router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	methods, ok := r.paths[req.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
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

// allowAnyOrigin lets pages of any origin read the answers, and answers their preflights.
func allowAnyOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			header.Set("Access-Control-Allow-Methods", "*")
			header.Set("Access-Control-Allow-Headers", "*")
			w.WriteHeader(http.StatusOK)
			return
		}
		next.ServeHTTP(w, r)
	})
}
