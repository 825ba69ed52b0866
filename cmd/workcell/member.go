package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"workcell/host/admin"
)

func newMemberCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "member",
		Short: "See and change who may do what in a project",
		Long: "A viewer may look, an editor may create and change, an admin may delete. PROJECT is the id or the key of a project.\n" +
			"USER is the UUID of a user, or the name that clients or tokens give. The server of the directory must run; its\n" +
			"clients see the change at once.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(newMemberAddCommand(), newMemberListCommand(), newMemberRemoveCommand())
	return cmd
}

func newMemberAddCommand() *cobra.Command {
	var role string
	cmd := membersCommand("add PROJECT USER --role ROLE", "Make a user a member, or give a member another role", 2,
		func(ctx context.Context, dir string, args []string) (admin.Members, error) {
			return admin.AddMember(ctx, dir, args[0], args[1], role)
		})
	cmd.Flags().StringVar(&role, "role", "", "viewer, editor or admin")
	_ = cmd.MarkFlagRequired("role")
	return cmd
}

func newMemberListCommand() *cobra.Command {
	return membersCommand("ls PROJECT", "List the members of a project", 1,
		func(ctx context.Context, dir string, args []string) (admin.Members, error) {
			return admin.ListMembers(ctx, dir, args[0])
		})
}

func newMemberRemoveCommand() *cobra.Command {
	return membersCommand("rm PROJECT USER", "End a membership, and what the user hears of the project", 2,
		func(ctx context.Context, dir string, args []string) (admin.Members, error) {
			return admin.RemoveMember(ctx, dir, args[0], args[1])
		})
}

// membersCommand is what the verbs have in common: whom they were about is printed.
func membersCommand(use, short string, args int, do func(ctx context.Context, dir string, args []string) (admin.Members, error)) *cobra.Command {
	var (
		dir    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.ExactArgs(args),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := configDir(dir)
			if err != nil {
				return err
			}
			members, err := do(cmd.Context(), dir, args)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), members)
			}
			return printMembers(cmd.OutOrStdout(), members)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printMembers(out io.Writer, members admin.Members) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, m := range members.Members {
		fmt.Fprintf(w, "%s\t%s\tsince %s\n", m.User, m.Role, m.Since.Format(time.RFC3339))
	}
	return w.Flush()
}
