package meter

// WithStretch is cfg with another maxStretch.
func WithStretch(cfg Config, units uint32) Config {
	cfg.stretch = units
	return cfg
}
