package catalog

import "workcell/storage/txn"

// Needed returns the deployments that are active according to the catalog of a store, by the names of the files that hold
// their modules. It needs no directory of modules: it is for who has nothing but a copy of the store at hand.
func Needed(store *txn.Store) (map[string]Deployment, error) {
	contents, err := (&Catalog{store: store}).Read()
	if err != nil {
		return nil, err
	}
	needed := map[string]Deployment{}
	for _, d := range contents.Deployments {
		if d.State == Active {
			needed[d.Hash+suffix] = d
		}
	}
	return needed, nil
}
