package host

import (
	"errors"
	"log/slog"

	"workcell/host/config"
	"workcell/host/deploy"
)

// CheckFiles reports the problems with files that a configuration names for which New would refuse it, and which loading it
// does not find: those of TLS and the trusted keys of handlers. It changes nothing.
func CheckFiles(loaded config.Loaded) error {
	h := &Host{config: loaded.Config, log: slog.New(slog.DiscardHandler)}
	h.config.ServerTLSSelfSigned = false // such a certificate is made by the start
	_, _, tlsErr := h.openTLS(loaded)
	_, keysErr := deploy.ParseKeys(h.config.HandlerTrustedKeys, loaded.Dir)
	return errors.Join(tlsErr, keysErr)
}
