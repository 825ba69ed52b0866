package main

import "github.com/spf13/cobra"

func newHandlerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "handler",
		Short: "Write handlers, try them, and bring them into service",
		Long:  "A handler is a WebAssembly module with rules of the board, or of your own.",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(newHandlerNewCommand(), newHandlerTestCommand(), newHandlerRunCommand())
	cmd.AddCommand(newHandlerInspectCommand(), newHandlerVerifyCommand(), newHandlerSignCommand(), newHandlerPushCommand(),
		newHandlerListCommand(), newHandlerHistoryCommand(), newHandlerRollbackCommand(), newHandlerPauseCommand(),
		newHandlerResumeCommand(), newHandlerRemoveCommand())
	return cmd
}
