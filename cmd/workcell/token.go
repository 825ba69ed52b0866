package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"workcell/host/config"
	"workcell/host/identity"
)

func newTokenCommand() *cobra.Command {
	var (
		dir, user, keyFile string
		roles              []string
		life               time.Duration
	)
	cmd := &cobra.Command{
		Use:   "token --user NAME",
		Short: "Make a token for a client of a server with auth.enabled",
		Long: "Prints a token that the server of the directory takes, signed with its auth.jwt_secret, or with the private key\n" +
			"that belongs to its auth.jwt_public_key_path. Whoever has it is that user until it expires: treat it as a password.",
		Example: "  workcell token --user 3e0a1b5c-7d7e-4d58-9a3c-2f1d0c9b8a76\n  workcell token --user ops --role admin --ttl 10m --private-key key.pem",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := readConfig(dir)
			if err != nil {
				return err
			}
			now := time.Now()
			token, err := mint(loaded, keyFile, identity.Token{
				Subject: user, Roles: roles, Issued: now, Expires: now.Add(life), Audience: loaded.Config.AuthJWTAudience,
			})
			if err != nil {
				return err
			}
			if !loaded.Config.AuthEnabled {
				fmt.Fprintln(cmd.ErrOrStderr(), "note: auth.enabled is false, so the server does not look at tokens")
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	cmd.Flags().StringVar(&user, "user", "", "the user: a UUID, or any name")
	cmd.Flags().StringSliceVar(&roles, "role", nil, "a role of the user, such as admin; may be repeated")
	cmd.Flags().DurationVar(&life, "ttl", 24*time.Hour, "how long the token is good")
	cmd.Flags().StringVar(&keyFile, "private-key", "", "PEM file with the RSA key to sign with; default: auth.jwt_secret signs")
	_ = cmd.MarkFlagRequired("user")
	return cmd
}

// mint signs a token and makes sure that the server takes it.
func mint(loaded config.Loaded, keyFile string, token identity.Token) (string, error) {
	switch {
	case token.Subject == "":
		return "", errors.New("--user is empty: name the user the token is for")
	case token.Expires.Sub(token.Issued) < time.Second:
		return "", errors.New("--ttl is shorter than a second: the token would never be good")
	}
	key, err := signingKey(loaded.Config, keyFile)
	if err != nil {
		return "", err
	}
	text, err := key.Mint(token)
	if err != nil {
		return "", err
	}
	verifier, err := loaded.Verifier()
	if err != nil || verifier == nil {
		return text, err
	}
	if _, err := verifier.Verify(text, token.Issued); err != nil {
		return "", fmt.Errorf("the server would refuse this token (%w): sign with the private key that belongs to "+
			"auth.jwt_public_key_path, or without --private-key if auth.jwt_secret is set, which wins", err)
	}
	return text, nil
}

// signingKey returns the key to sign with.
func signingKey(c config.Config, keyFile string) (identity.Key, error) {
	switch {
	case keyFile != "":
		return identity.ReadPrivateKey(keyFile)
	case c.AuthJWTSecret == "":
		return identity.Key{}, errors.New("there is no key to sign with: set auth.jwt_secret, or name the private key of " +
			"auth.jwt_public_key_path with --private-key")
	}
	return identity.SecretKey(string(c.AuthJWTSecret)), nil
}
