package backup

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Where the parts of a box are in a backup.
const (
	storeName   = "store"
	modulesName = "modules"
	configName  = "config.toml"
)

// Box is where the parts of a box are that a backup holds.
type Box struct {
	Store   string // directory of the store
	Modules string // directory with the modules of pushed handlers, by their digests; there need be none
	Config  string // configuration file; there need be none
}

// boxIn is the box whose parts lie in a directory as they do in a backup.
func boxIn(dir string) Box {
	return Box{Store: filepath.Join(dir, storeName), Modules: filepath.Join(dir, modulesName), Config: filepath.Join(dir, configName)}
}

// path returns where a file of a manifest is in the box.
func (b Box) path(name string) string {
	switch dir, file := path.Split(name); dir {
	case storeName + "/":
		return filepath.Join(b.Store, file)
	case modulesName + "/":
		return filepath.Join(b.Modules, file)
	default:
		return b.Config
	}
}

// files lists the files of a box that nobody writes, by name.
func (b Box) files() ([]File, error) {
	var files []File
	if info, err := os.Stat(b.Config); err == nil {
		files = append(files, File{Name: configName, Bytes: info.Size()})
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	modules, err := filesIn(b.Modules)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range modules {
		files = append(files, File{Name: modulesName + "/" + f.Name, Bytes: f.Bytes})
	}
	store, err := filesIn(b.Store)
	if err != nil {
		return nil, err
	}
	for _, f := range store {
		files = append(files, File{Name: storeName + "/" + f.Name, Bytes: f.Bytes})
	}
	return files, nil
}

// isModule reports whether a file of a manifest holds a module.
func isModule(name string) bool { return strings.HasPrefix(name, modulesName+"/") }

// isModuleFile reports whether a file has a name as modules have: the SHA-256 of what is in it.
func isModuleFile(name string) bool {
	digest, ok := strings.CutSuffix(name, ".wasm")
	return ok && len(digest) == 64 && strings.Trim(digest, "0123456789abcdef") == ""
}
