package portfile

import (
	"io"
	"os"
	"os/exec"
	"testing"
)

// sleeperEnv turns the test binary into a process that lives until its standard input ends.
const sleeperEnv = "PORTFILE_TEST_SLEEPER"

func TestMain(m *testing.M) {
	if os.Getenv(sleeperEnv) != "" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(m.Run())
}

// start runs another process; end ends it and waits until its number is free. The test ends it in any case.
func start(t testing.TB) (pid int, end func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	// Under the race detector a process would linger for a second at its end.
	cmd.Env = append(os.Environ(), sleeperEnv+"=1", "GORACE=atexit_sleep_ms=0")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end = func() {
		if !ended {
			ended = true
			_ = stdin.Close()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(end)
	return cmd.Process.Pid, end
}

// deadPID returns the number of a process that was and is no more.
func deadPID(t testing.TB) int {
	t.Helper()
	pid, end := start(t)
	end()
	return pid
}
