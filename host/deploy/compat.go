package deploy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"workcell/abi"
	"workcell/storage/catalog"
)

// firstRecords is the version of the records of a handler that does not say.
const firstRecords = 1

func reads(set *abi.DataSet) []uint32 {
	if len(set.Reads) == 0 {
		return []uint32{firstRecords}
	}
	return set.Reads
}

// checkRecords refuses a handler that does not understand what is stored in its data sets.
func checkRecords(m *abi.Manifest, stored map[string]catalog.Stored) error {
	for i := range m.DataSets {
		set := &m.DataSets[i]
		understood := reads(set)
		for _, version := range slices.Sorted(maps.Keys(stored[set.Name])) {
			if !slices.Contains(understood, version) {
				return refuse(nil, fmt.Sprintf("teach it to read them, and declare so in its manifest (data_sets, reads: [..., %d])", version),
					"it reads records of version %s in the data set %s, but there are records of version %d, written since %s",
					list(understood), set.Name, version, stored[set.Name][version])
			}
		}
		if set.Access == abi.AccessWrite && !slices.Contains(understood, writes(set)) {
			return refuse(nil, "declare that it reads them",
				"it writes records of version %d in the data set %s, and reads only version %s", writes(set), set.Name, list(understood))
		}
	}
	return nil
}

func writes(set *abi.DataSet) uint32 { return max(set.Writes, firstRecords) }

// recorded returns the rows that change when a handler may write: what may be stored from now on.
func recorded(m *abi.Manifest, stored map[string]catalog.Stored) map[string]catalog.Stored {
	var changed map[string]catalog.Stored
	for i := range m.DataSets {
		set := &m.DataSets[i]
		if set.Access != abi.AccessWrite {
			continue
		}
		version := writes(set)
		if _, known := stored[set.Name][version]; known {
			continue
		}
		if changed == nil {
			changed = map[string]catalog.Stored{}
		}
		row := catalog.Stored{version: m.Name + " " + m.Version}
		maps.Copy(row, stored[set.Name])
		changed[set.Name] = row
	}
	return changed
}

func list(versions []uint32) string {
	var words []string
	for _, v := range versions {
		words = append(words, fmt.Sprint(v))
	}
	return strings.Join(words, ", ")
}
