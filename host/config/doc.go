// Package config finds the configuration directory and reads the settings of one server.
//
// A setting ("key", such as server.port) gets its value from the last of four places that names it: the built-in
// default, config.toml in the configuration directory, an environment variable PM_*, the command line. Load asks them
// in that order, checks everything, and reports every problem it finds in one go, each with the place the value came
// from and what to do about it. The result is one flat, immutable Config, handed whole to the packages that need it.
//
// There is one table of keys (keys.go). A row says how a key is named, in the file and in the environment, which field
// of Config it fills, its default and its range. Defaults, file, environment, command line, Show, Lookup, Summary and
// Keys are all loops over that table: a new key is one field and one row.
//
// A text that cannot be read as its key's type is a problem wherever it stands, even if a later place overrides it. A
// range is only checked on the value that counts in the end.
//
// Nothing here is read again at run time; a changed file needs a restart.
package config
