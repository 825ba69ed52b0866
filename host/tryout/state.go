package tryout

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"workcell/abi"
	"workcell/storage/key"
)

// State is what a Host stores: for each data set its pairs, in the order of the keys.
type State map[string][]Pair

// Pair is a key and its value.
type Pair struct {
	Key   Text `json:"key"`
	Value Text `json:"value"`
}

// State returns what is stored. Data sets without pairs are left out.
func (s *Host) State() State {
	state := State{}
	for _, set := range s.module.Manifest().DataSets {
		prefix := string(key.AppendDataSet(nil, set.Name))
		for _, k := range slices.Sorted(maps.Keys(s.memory)) {
			if rest, ok := strings.CutPrefix(k, prefix); ok {
				state[set.Name] = append(state[set.Name], Pair{Text(rest), s.memory[k]})
			}
		}
	}
	return state
}

// SetState replaces what is stored. A data set that the manifest does not declare is an error.
func (s *Host) SetState(state State) error {
	fresh, sets := memory{}, s.module.Manifest().DataSets
	for name := range state {
		if !slices.ContainsFunc(sets, func(set abi.DataSet) bool { return set.Name == name }) {
			return fmt.Errorf("the handler does not declare the data set %q", name)
		}
	}
	for _, set := range sets {
		for _, p := range state[set.Name] {
			fresh[string(append(key.AppendDataSet(nil, set.Name), p.Key...))] = append([]byte{}, p.Value...)
		}
	}
	s.memory = fresh
	return nil
}
