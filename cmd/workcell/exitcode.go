package main

import "errors"

// exitCoded is an error with an exit code of its own.
type exitCoded struct {
	error
	code int
}

func (e *exitCoded) Unwrap() error { return e.error }

// withExitCode gives an error an exit code; nil stays nil.
func withExitCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitCoded{err, code}
}

// exitCode is the code with which the program ends after an error.
func exitCode(err error) int {
	if coded, ok := errors.AsType[*exitCoded](err); ok {
		return coded.code
	}
	return 1
}
