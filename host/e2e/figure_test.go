package e2e

import (
	"encoding/json"
	"fmt"
)

// figure writes a line of a benchmark: n is how many things its value was made of.
func figure(name string, value float64, unit string, n int) {
	line, err := json.Marshal(struct {
		Name  string  `json:"figure"`
		Value float64 `json:"value"`
		Unit  string  `json:"unit"`
		N     int     `json:"n"`
	}{name, value, unit, n})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
