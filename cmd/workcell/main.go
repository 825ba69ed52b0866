// Command workcell is the appliance: the server and the tools to operate it.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run()) }

// run is main without the exit, for the script tests.
func run() int {
	if err := newRootCommand().ExecuteContext(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "workcell:", err)
		return exitCode(err)
	}
	return 0
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "workcell",
		Short: "A work board in one binary, with its rules in WebAssembly",
		Long: "workcell serves a team's work board to live clients over WebSocket.\n" +
			"The rules of the board are handlers: WebAssembly modules that run in a sandbox.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newServeCommand(), newCallCommand(), newStatusCommand(), newBackupCommand(), newRestoreCommand(), newFsckCommand(), newConfigCommand(), newTokenCommand(), newBenchCommand(), newHandlerCommand(), newMemberCommand(), newKeyCommand(), newVersionCommand())
	return root
}
