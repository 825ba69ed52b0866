// Package portfile keeps server.json, the file by which clients on the same machine find a running server.
//
// A server writes it once its listener is bound and removes it on a clean exit:
//
//	{"pid": 4711, "port": 43211, "host": "127.0.0.1", "started_at": "2026-01-02T03:04:05+00:00", "version": "0.1.4"}
//
// A server that speaks TLS adds "certificate", the path of a PEM file that begins with its certificate. The file is named
// rather than quoted, so that a certificate that is renewed while the server runs is the right one too.
//
// It belongs to the process it names for as long as that process lives: nobody else overwrites or removes it. A file
// whose process is gone is stale, and whoever meets it may clear it away. Clients see either a whole file or none,
// because it is written under another name and renamed.
//
// "Look who owns it, then replace or remove it" is two steps. Between our own processes a lock on the directory makes
// them one, where the system has such locks; elsewhere two servers that start in the same instant can still meet.
//
// A process is alive when a signal could be sent to it. The system may give the number of a dead server to a new,
// unrelated process; the file then looks alive until that one ends, or until an operator deletes it.
package portfile
