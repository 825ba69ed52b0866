package config

// Lookup returns a setting that a handler may ask for, as text in the syntax of the environment: auth.enabled, the user of
// requests without one, and the keys below validation. Every other name, known or not, gives false, so a guest learns nothing about the server or
// its secrets. Safe for concurrent use.
func (c *Config) Lookup(key string) (string, bool) {
	i, ok := find(key)
	if !ok || !table[i].guest || table[i].secret {
		return "", false
	}
	return table[i].kind.print(table[i].kind.get(c)), true
}
