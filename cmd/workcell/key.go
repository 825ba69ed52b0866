package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"workcell/host/deploy"
)

func newKeyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make keys to sign handlers with",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(newKeyNewCommand())
	return cmd
}

func newKeyNewCommand() *cobra.Command {
	var (
		passwordFile string
		asJSON       bool
	)
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Make a pair of keys: NAME.pub for servers, NAME.key for whoever signs",
		Long: "The keys are those of minisign. Servers that trust the public key (handler.trusted_keys: the text, or the file) take what\n" +
			"the private key has signed, and nothing else. Keep the private key away from the servers.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := readPassword(passwordFile)
			if err != nil {
				return err
			}
			public, private, err := deploy.NewKey(password)
			if err != nil {
				return err
			}
			keyFile, publicFile := args[0]+".key", args[0]+".pub"
			if err := writeNew(keyFile, private, 0o600); err != nil {
				return err
			}
			if err := writeNew(publicFile, public, 0o644); err != nil {
				return err
			}
			lines := bytes.Split(bytes.TrimSpace(public), []byte("\n"))
			text := string(lines[len(lines)-1])
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]string{"public_key": text, "public_file": publicFile, "private_file": keyFile})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "private key  %s (keep it to yourself)\npublic key   %s\n\nin config.toml of the servers:\n\n[handler]\ntrusted_keys = %q\n",
				keyFile, publicFile, text)
			return err
		},
	}
	cmd.Flags().StringVar(&passwordFile, "password-file", "", "file whose first line protects the private key; default: nothing does")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newHandlerSignCommand() *cobra.Command {
	var (
		keyFile, passwordFile string
		asJSON                bool
	)
	cmd := &cobra.Command{
		Use:   "sign FILE --key NAME.key",
		Short: "Sign a module: writes FILE" + deploy.SignatureSuffix,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			wasm, err := readModule(args[0])
			if err != nil {
				return err
			}
			private, err := os.ReadFile(keyFile)
			if err != nil {
				return err
			}
			password, err := readPassword(passwordFile)
			if err != nil {
				return err
			}
			signature, err := deploy.Sign(wasm, private, password)
			if err != nil {
				return fmt.Errorf("%s: %w", keyFile, err)
			}
			file := args[0] + deploy.SignatureSuffix
			if err := os.WriteFile(file, signature, 0o644); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]string{"signature_file": file})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), file)
			return err
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "the private key, as `workcell key new` makes it")
	cmd.Flags().StringVar(&passwordFile, "password-file", "", "file whose first line opens the private key")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("key")
	return cmd
}

// readPassword returns the first line of a file, or nothing without one.
func readPassword(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	line := strings.TrimRight(firstLine(string(text)), "\r")
	if line == "" {
		return "", fmt.Errorf("the first line of %s is empty: it must hold the password", path)
	}
	return line, nil
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write a key: %w: choose another name, keys are not replaced", err)
	}
	if _, err := f.Write(content); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
