// Package board is the domain of the appliance: projects, work items and what clients may do with them. It is a guest
// module (Module), and every rule a client meets is a function of this package.
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
// A function that returns an error has done nothing: the host drops all writes and events of a call that fails. So no
// function here undoes anything, and none is careful about the order of its writes.
//
// # What is kept
//
// Records are the messages of the wire protocol behind a version byte (record.go), under keys whose order serves the
// reads (key.go). What can be derived is not stored, except in the tables k, b, c, i and h, which make reads short. The
// tests of this package hold them against the records after every step of long random histories.
//
// # Cost
//
// Creating an item reads and writes the same number of bytes however large its project is. A list reads the project
// once and keeps only what it must: see item_list.go.
package board
