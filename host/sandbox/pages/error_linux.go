//go:build amd64 || arm64

package pages

import (
	"golang.org/x/sys/unix"
)

// refused returns the Error of a step that ended with err, or nil.
func refused(step string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Step: step, Hint: hintFor(step, err), Err: err}
}

func hintFor(step string, err error) string {
	type refusal struct {
		step string
		err  error
	}
	switch (refusal{step, err}) {
	case refusal{"userfaultfd", unix.EPERM}:
		return "allow it in the seccomp profile of the container, or set the sysctl vm.unprivileged_userfaultfd=1"
	case refusal{"userfaultfd", unix.ENOSYS}:
		return "the kernel is built without CONFIG_USERFAULTFD"
	case refusal{"ioctl UFFDIO_API", unix.EINVAL}:
		return "it takes Linux 6.7, on arm64 6.10, built with CONFIG_PTE_MARKER_UFFD_WP"
	case refusal{"ioctl PAGEMAP_SCAN", unix.ENOTTY}:
		return "it takes Linux 6.7 built with CONFIG_PROC_PAGE_MONITOR"
	case refusal{"memfd_create", unix.ENOSYS}, refusal{"memfd_create", unix.EPERM}:
		return "allow it in the seccomp profile of the container"
	}
	switch err {
	case unix.EMFILE, unix.ENFILE:
		return "raise the limit of open files"
	case unix.ENOMEM:
		return "free memory, or raise vm.max_map_count or the limit of address space"
	case unix.ENOENT, unix.EACCES:
		return "mount /proc for this process"
	}
	return ""
}
