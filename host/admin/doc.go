// Package admin is what an operator, a supervisor or a load balancer asks the appliance over HTTP: health, metrics and two
// admin endpoints on the public port, and the admin plane on a Unix socket in the data directory, which only the owner of
// the directory can reach.
//
//	/health /live /ready                  for everybody
//	/metrics                              for everybody without authentication, else from loopback or with a token
//	/admin/checkpoint /admin/shutdown     from loopback only, not from a page of another site, and with authentication
//	                                      only with a token that has the role admin
//	everything else                       Public.Next
package admin
