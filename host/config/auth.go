package config

import "workcell/host/identity"

// Verifier returns the verifier of the tokens that the settings describe, whether or not auth.enabled is set: of HS256
// tokens if there is a secret, else of RS256 tokens. It is nil without either.
func (l Loaded) Verifier() (*identity.Verifier, error) {
	c := &l.Config
	switch {
	case c.AuthJWTSecret != "":
		return identity.NewVerifier(identity.SecretKey(string(c.AuthJWTSecret)), c.AuthJWTAudience), nil
	case c.AuthJWTPublicKeyPath == "":
		return nil, nil
	}
	key, err := identity.ReadPublicKey(l.PublicKeyFile())
	if err != nil {
		return nil, err
	}
	return identity.NewVerifier(key, c.AuthJWTAudience), nil
}
