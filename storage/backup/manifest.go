package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"

	"workcell/storage"
)

// FormatVersion is the version of the layout of a backup. It goes up when an older program could not read the result.
const FormatVersion = 2

// storeOnly is the version of backups that hold nothing but the store. Their manifests name its files without a directory.
const storeOnly = 1

const (
	manifestName = "manifest.json"

	// maxManifestBytes bounds the manifest that is read: about 250 000 files.
	maxManifestBytes = 32 << 20
)

// Manifest says what a backup holds.
type Manifest struct {
	Format      int              `json:"format"`       // FormatVersion of the program that made it
	Version     string           `json:"version"`      // of that program
	StoreFormat int              `json:"store_format"` // of the store's directory, see package lsm
	Created     time.Time        `json:"created"`      // UTC
	Sequence    storage.Sequence `json:"sequence"`     // the last commit in it
	Files       []File           `json:"files"`        // by name
	Digest      string           `json:"digest"`       // SHA-256 of the manifest with an empty digest
}

// File is a file of a backup.
type File struct {
	Name   string `json:"name"` // its path in the backup, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"` // hexadecimal; empty in a plan that has not read it yet
}

// encode returns the manifest's file, with its digest.
func (m Manifest) encode() []byte {
	m.Digest = ""
	sum := sha256.Sum256(m.marshal())
	m.Digest = hex.EncodeToString(sum[:])
	return m.marshal()
}

func (m Manifest) marshal() []byte {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // no value of a Manifest is one that JSON cannot hold
	}
	return append(text, '\n')
}

// errNewer is the problem of a manifest of a later FormatVersion.
var errNewer = errors.New("made by a newer version of workcell: restore it with that version")

// parseManifest reads what encode wrote, now or in an older version, and nothing else: a file that differs in a byte is
// refused. The names of files come as those of this version.
func parseManifest(text []byte) (Manifest, error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return Manifest{}, fmt.Errorf("not a manifest: %w", err)
	}
	if version.Format > FormatVersion {
		return Manifest{}, fmt.Errorf("format %d: %w", version.Format, errNewer)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, fmt.Errorf("not a manifest: %w", err)
	}
	if m.Format < 1 || !bytes.Equal(m.encode(), text) {
		return Manifest{}, errors.New("changed since it was written: its digest does not fit")
	}
	for i := range m.Files {
		f := &m.Files[i]
		if m.Format == storeOnly {
			f.Name = storeName + "/" + f.Name
		}
		if !isListed(f.Name) || f.Bytes < 0 || i > 0 && f.Name <= m.Files[i-1].Name {
			return Manifest{}, fmt.Errorf("file %q is not listed as it should be", f.Name)
		}
	}
	return m, nil
}

// isListed reports whether a backup can have a file of this name.
func isListed(name string) bool {
	dir, file := path.Split(name)
	switch dir {
	case "":
		return file == configName
	case storeName + "/":
		return isFileName(file)
	case modulesName + "/":
		return isModuleFile(file)
	}
	return false
}

// isFileName reports whether name is that of a file in a directory, rather than a way out of it.
func isFileName(name string) bool {
	return filepath.IsLocal(name) && name != "." && !strings.ContainsAny(name, `/\`)
}

// total is the size of all files together.
func total(files []File) (bytes int64) {
	for _, f := range files {
		bytes += f.Bytes
	}
	return bytes
}
