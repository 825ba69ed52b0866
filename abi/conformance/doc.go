// Package conformance proves that a host and an SDK mean the same by the interface of package abi. It holds
//
//   - vectors (testdata/vectors): the layouts of package abi as text, for SDKs in other languages;
//   - cases (testdata/cases): what a guest does and what must come of it, as text;
//   - Run, which plays the cases against a Target: a host with the probing guest in it.
//
// The probing guest is a handler that does what its request says; guests/probe is the one in Go. Its manifest declares the
// data sets probe (write), probe-second (write) and probe-read (read), and the routes
//
//	2000 run    write   the request is a script
//	2001 look   read    the same
//	2002 echo   read    replies with the request
//	2003 pieces read    replies with the request in pieces of 0, 1, 2, 3 ... bytes
//	2004 raw    write   the request is a script of uses of the imports themselves
//
// all with reply 1001, those that write with event 1002. A script is text: lines of words, separated by one space. Each line is a step,
// which may add a line to the reply. V stands for a byte string: "-" is empty, else hexadecimal digits, or a pattern for
// more than 32 bytes: 1000xab is a thousand times 0xab, 1000~ab a thousand bytes that count from 0xab on and begin again
// after 251. S stands for a scope, its kind and id: 5:V.
//
//	put SET V V                  delete SET V
//	get SET V                    says V, or absent
//	scan SET LO HI DIR N [LIMIT] says "key value" for each pair, then "end COUNT"; DIR is forward or reverse; the visit
//	                             ends after N pairs, LIMIT is said in advance
//	emit ROUTE V S...            subscribe S: says held or limit
//	subscribe-many N             topics topic-0 to topic-(N-1): says how many were accepted
//	unsubscribe S                revoke S USER
//	identity                     says mode, user, connection and roles
//	config KEY                   says V, or absent
//	route, now                   say the route; milliseconds and seconds
//	random N                     says N bytes in digits
//	log LEVEL V
//	refuse CODE V V              ends the call: code, field, message
//	error, panic                 end the call by an error of the language, and by a mistake
//
// A raw script gives sizes of buffers, and each step says the result and what is in the buffer:
//
//	input OFF CAP    get SET V CAP    config KEY CAP    identity CAP    scan SET LO HI FLAGS CAP
package conformance
