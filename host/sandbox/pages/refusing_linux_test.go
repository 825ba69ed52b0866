//go:build amd64 || arm64

package pages_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"workcell/host/sandbox/pages"
)

// refuseEnv names what the system shall refuse to this process, a key of refusals.
const refuseEnv = "WORKCELL_TEST_REFUSE"

// refusal is a system call that fails, of all commands or one.
type refusal struct {
	call    uint32
	command uint32
	errno   unix.Errno
	best    pages.Method // that is left
	hint    string       // in what Try says of the next better one
}

var refusals = map[string]refusal{
	"userfaultfd":     {unix.SYS_USERFAULTFD, 0, unix.EPERM, pages.Scan, "seccomp"},
	"write notes":     {unix.SYS_IOCTL, 0xc018aa3f, unix.EINVAL, pages.Scan, "Linux 6.7"},
	"scans":           {unix.SYS_IOCTL, 0xc0606610, unix.ENOTTY, pages.Read, "Linux 6.7"},
	"files in memory": {unix.SYS_MEMFD_CREATE, 0, unix.ENOSYS, pages.Copy, "seccomp"},
}

func TestMain(m *testing.M) {
	if r, ok := refusals[os.Getenv(refuseEnv)]; ok {
		if err := r.install(); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// install has the kernel refuse the call to all threads of this process for good.
func (r refusal) install() error {
	const (
		numberAt  = 0
		commandAt = 16 + 8 // low half of the second argument
		allow     = 0x7fff0000
		fail      = 0x00050000
	)
	load, equal, answer := uint16(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS), uint16(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K), uint16(unix.BPF_RET|unix.BPF_K)
	filter := []unix.SockFilter{
		{Code: load, K: numberAt},
		{Code: equal, K: r.call, Jf: 3},
		{Code: load, K: commandAt},
		{Code: equal, K: r.command, Jf: 1},
		{Code: answer, K: fail | uint32(r.errno)},
		{Code: answer, K: allow},
	}
	if r.command == 0 {
		filter[3] = unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA} // to the next
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const setModeFilter, allThreads = 1, 1
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, allThreads, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// TestASystemThatRefuses runs other tests of this file's neighbours in a process to which the system refuses what the
// better methods need.
func TestASystemThatRefuses(t *testing.T) {
	if os.Getenv(refuseEnv) != "" {
		t.Fatal("this test is for the system as it is")
	}
	for name, r := range refusals {
		t.Run(name, func(t *testing.T) {
			child := exec.Command(os.Args[0], "-test.v", "-test.run", "^(TestTheMethodThatIsProbedWorks|TestReset.*|TestTemplate|TestNothingIsLeftBehind)$")
			child.Env = append(os.Environ(), refuseEnv+"="+name)
			out, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			best := min(r.best, pages.Probe())
			if !strings.Contains(string(out), fmt.Sprintf("probed: %v\n", best)) {
				t.Errorf("want %v probed:\n%s", best, out)
			}
			if !strings.Contains(string(out), r.hint) {
				t.Errorf("nothing says %q:\n%s", r.hint, out)
			}
		})
	}
}
