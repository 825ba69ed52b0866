// Package identity says who a client is: it verifies and mints tokens, and decides at the door who comes in as whom.
//
// There are two modes, fixed at start. Without authentication a client says who it is, and is believed. With it, a client
// shows a JSON Web Token, signed with the one key and the one method that the operator chose; whatever is wrong with a
// token, the client learns nothing but that it is refused.
//
//	Authorization: Bearer <token>, or else the query's token
//	        -> characters and length -> method -> signature -> claims -> the query's user_id, if there is one -> Person
//
// Refusals carry one of a fixed list of reasons for the log and the metrics. Neither they nor any other error of this
// package contains a part of a token: the texts of the token library do, and stay inside.
//
// A user is known by a UUID. Names that are none, such as "user-1", have one that is derived from the name and always
// the same.
package identity
