package config

// GuestSettings returns the settings that a handler may ask for, as text in the syntax of the environment: auth.enabled,
// the user of requests without one, and the keys below validation. Nothing else is in it, so that a guest learns nothing
// about the server or its secrets. The map is the caller's.
func (c *Config) GuestSettings() map[string]string {
	settings := map[string]string{}
	for i := range table {
		if k := &table[i]; k.guest && !k.secret {
			settings[k.name] = k.kind.print(k.kind.get(c))
		}
	}
	return settings
}
