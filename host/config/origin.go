package config

// Source is the kind of place a value came from. Later ones win.
type Source uint8

// The places, in the order in which Load asks them.
const (
	SourceDefault Source = iota
	SourceFile
	SourceEnvironment
	SourceFlag
)

// String returns the word for s in messages and in Show: default, file, environment or flag.
func (s Source) String() string {
	switch s {
	case SourceFile:
		return "file"
	case SourceEnvironment:
		return "environment"
	case SourceFlag:
		return "flag"
	}
	return "default"
}

// Origin is the place one value came from. The zero Origin is the built-in default.
type Origin struct {
	Source Source
	Name   string // path of the file or name of the variable; empty for default and flag
}

// String returns the source and, where it has one, the name: "environment PM_SERVER_PORT".
func (o Origin) String() string {
	if o.Name == "" {
		return o.Source.String()
	}
	return o.Source.String() + " " + o.Name
}

// remedy tells the operator how to get rid of a bad value of k that came from o.
func (o Origin) remedy(k key) string {
	switch o.Source {
	case SourceFile:
		return "correct or remove the line in config.toml"
	case SourceEnvironment:
		return "correct or unset " + o.Name
	case SourceFlag:
		return "correct it on the command line"
	}
	if k.env == "" {
		return "set it in config.toml"
	}
	return "set it in config.toml or with " + k.env
}
