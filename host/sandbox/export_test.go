package sandbox

// Classify is classify, for the golden table of engine traps.
func Classify(err error) Outcome { return classify(err) }

// EngineTraps returns the texts that classify knows.
func EngineTraps() []string {
	var texts []string
	for _, known := range engineTraps {
		texts = append(texts, known.text)
	}
	return texts
}
