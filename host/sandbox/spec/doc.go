// Package spec runs the WebAssembly specification's test suite on the engine as guests meet it: each module of the suite
// may first go through a Transform, as fuel metering does to a guest, and every assertion must still hold.
//
// The suite is the one that ships with wazero: for each script of the specification a .json file of commands, written by
// wast2json, and a .wasm file for each of its modules. Run plays all scripts of a directory:
//
//	x.json ──> command ──> Transform ──> compile, instantiate, call ──> Result
//
// A script gets a runtime of its own, with the module "spectest" that the suite asks for, and its own names for modules.
// Scripts run side by side; within one, commands run in order.
//
// A Transform is held to a strict reading of the suite. A valid module must be accepted, and behave alike. Of a malformed
// or invalid one either the Transform or the engine must refuse the outcome: a Transform that repairs what it should not
// is a failure. A module that fails to link or to start must do so for the reason the suite gives.
//
// What cannot be run is counted apart and never silently: modules in the text format (Result.Text) and the places where
// wazero itself departs from the standard (departures in departure.go, Result.Departed).
//
// The package is for tests alone.
package spec
