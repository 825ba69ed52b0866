// Package board is the domain of the appliance: projects, work items, sprints, comments, time entries, dependencies, their
// history, and what clients may do with them. It is a guest module (Module), and every rule a client meets is a function of
// this package.
//
// # A handler
//
// Each route has one function, in a file named for what it does (item_create.go, project_update.go). All of them go
// through the same stages, and the first stage that refuses decides the error a client sees:
//
//	shape of the request   enum numbers, lengths, what stands in the message alone
//	ids                    texts that must be UUIDs
//	existence, permission  existence first where the request names an item, permission first where it names a project
//	version                expected_version against the stored one
//	rules                  hierarchy, known words, references
//	write                  records and their indexes (key.go)
//	activity               one row for each changed field, each with its own event
//	event and reply        the same bytes
//
// Comments and time entries are the exception: who wrote one may change it, whatever his role.
//
// A function that returns an error has done nothing: the host drops all writes and events of a call that fails. So no
// function here undoes anything, and none is careful about the order of its writes.
//
// # What is kept
//
// Records are the messages of the wire protocol behind a version byte (record.go), under keys whose order serves the
// reads (key.go). Entities that belong to a project or an item lie beside each other in the order of their creation, the
// deleted ones elsewhere (table.go). What can be derived is not stored, except in indexes that make reads short or a rule
// quick to check: the tables k, b, c, o, v, z, f, j and h.
//
// Two readers hold all of it together. One is part of the board: the operator may have it look through a store (check.go).
// The other is the tests' own (fsck_test.go) and shares nothing with the code here but the layout of keys. Both look after
// every step of long random histories, and at damage of every kind.
//
// # Who hears what
//
// Events are addressed to the project; the activity of a sprint to the sprint as well; a new project to its members, since
// nobody can follow it yet. Nothing is addressed to an item: no message can follow one.
//
// # The operator's routes
//
// The host calls three routes by itself, for the operator: to look for damage (check.go), to manage members (members.go),
// and to delete old history (retention.go). They ask for no role, and each call does a bounded amount of work.
//
// # Cost
//
// Creating an item reads and writes the same number of bytes however large its project is. A list reads the project
// once and keeps only what it must: see item_list.go. A page of history reads
// the page; one of time entries also counts the index.
//
// Every handler is compiled to machine code on the box, so code that is inlined everywhere is paid for everywhere: what is
// small, called from dozens of places and not hot is marked noinline here and in package pm, which takes 180 KB off the
// module. A rehearsal (warm.go) leaves memory as the calls like to find it.
package board
