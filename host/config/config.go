package config

import "time"

// Config holds every setting of one server. Fields are named after their keys: ServerPort is server.port. Default and
// Load make one; a zero Config is not valid. It is a value: copy it freely, and treat it as immutable once it is in
// use, which makes it safe for concurrent use. Ranges and defaults stand in the table in keys.go.
type Config struct {
	ServerHost           string
	ServerPort           int // 0: the system picks one
	ServerMaxConnections int
	ServerIdleShutdown   time.Duration // 0: never
	ServerAllowedOrigins string        // separated by commas, or *; see Config.Origins
	ServerTLSCert        string        // empty: no TLS; see Loaded.TLSFiles
	ServerTLSKey         string
	ServerTLSSelfSigned  bool

	DatabasePath string // the storage directory, relative to the configuration directory; see Loaded.DatabaseDir

	AuthEnabled          bool
	AuthJWTSecret        Secret // empty: none
	AuthJWTPublicKeyPath string // empty: none; see Loaded.PublicKeyFile
	AuthJWTAudience      string // empty: tokens may be for anybody
	AuthCloseExpired     bool   // connections whose token has expired
	AuthDesktopUserID    string // never empty after Load, which draws session-<uuid> for an empty one

	LoggingLevel   string // off, error, warn, info, debug or trace
	LoggingFormat  string // auto, text or json; auto is text on a terminal and json elsewhere
	LoggingDir     string // relative to the configuration directory
	LoggingFile    string // empty: standard output; see Loaded.LogFile
	LoggingColored bool   // only for standard output

	ActivityLogRetentionDays   int // 0: keep for ever
	ActivityLogCleanupInterval time.Duration

	WebsocketSendBufferSize    int // messages queued for one session
	WebsocketHeartbeatInterval time.Duration
	WebsocketHeartbeatTimeout  time.Duration // greater than the interval
	WebsocketMaxMessageBytes   int

	RateLimitMaxRequests int // in one window, for one session
	RateLimitWindow      time.Duration

	CircuitBreakerFailureThreshold         int
	CircuitBreakerOpenDuration             time.Duration
	CircuitBreakerHalfOpenSuccessThreshold int
	CircuitBreakerFailureWindow            time.Duration

	RetryMaxAttempts       int // the first one included
	RetryInitialDelay      time.Duration
	RetryMaxDelay          time.Duration
	RetryBackoffMultiplier float64
	RetryJitter            bool

	HandlerTimeout        time.Duration // one request, from dispatch to reply
	HandlerExecutionLimit time.Duration // longest single run of a guest
	HandlerMaxMemoryMiB   int           // of one instance
	HandlerInstances      int           // calls that run at once; 0: one for each processor
	HandlerMaxFuel        int           // most that a route may ask for

	HandlerTrustedKeys      string // public keys or files of them, separated by commas; empty: handlers need no signature
	HandlerKeepVersions     int    // of a handler, besides the one that runs and the one to go back to
	HandlerRollbackFailures int    // calls a version may fail within the window; 0: any
	HandlerRollbackPercent  int    // share of its calls that these have to be
	HandlerRollbackWindow   time.Duration

	SandboxEngine string // auto, compiler or interpreter
	SandboxReset  string // auto, or a method of package pages

	StorageCacheMiB    int
	StorageMemtableMiB int

	ValidationMaxTitleLength        int // lengths count Unicode code points
	ValidationMaxDescriptionLength  int
	ValidationSanitize              string // active, trim or escape
	ValidationMaxStoryPoints        int
	ValidationMaxErrorMessageLength int
	ValidationMaxCommentLength      int
	ValidationMaxSprintNameLength   int

	TracingEndpoint    string  // URL of a collector; empty: no traces; see Config.TracesURL
	TracingSampleRatio float64 // share of messages that are traced

	APIEnabled     bool
	APILLMUserID   string // a UUID in its canonical lower-case form
	APILLMUserName string
}

// Default returns the built-in settings, before any file, environment or command line. AuthDesktopUserID is a plain
// text in it; nothing is drawn. Safe for concurrent use.
func Default() Config {
	var c Config
	for _, k := range table {
		k.kind.set(&c, k.kind.fallback())
	}
	return c
}
