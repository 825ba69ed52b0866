//go:build !linux

package backup

import "os"

func freeBytes(string) int64 { return -1 }

func isMountPoint(string) bool { return false }

func forget(*os.File) {}
