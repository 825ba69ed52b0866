package config

import (
	"slices"
	"strings"
	"time"
)

// key is one row of the table.
type key struct {
	name   string // section and name, as in config.toml
	env    string // environment variable; empty: none
	kind   kind
	secret bool                    // never shown
	guest  bool                    // handlers may ask for it
	settle func(any) (any, string) // final form of a valid value; nil: as it is
	about  string
}

// Key describes one setting, for help texts and generated documentation.
type Key struct {
	Name    string // such as server.port
	Env     string // environment variable; empty when there is none
	Default string // in the syntax of environment and command line
	Allowed string // range, in words
	About   string // what it governs, in one line
	Secret  bool   // its value is never shown
}

// Keys returns a description of every key, in the order in which Show prints them. The slice is the caller's. Safe for
// concurrent use.
func Keys() []Key {
	keys := make([]Key, 0, len(table))
	for _, k := range table {
		keys = append(keys, Key{
			Name: k.name, Env: k.env, Default: k.kind.print(k.kind.fallback()),
			Allowed: k.kind.allowed(), About: k.about, Secret: k.secret,
		})
	}
	return keys
}

// find returns the position of a key in the table.
func find(name string) (int, bool) {
	i := slices.IndexFunc(table, func(k key) bool { return k.name == name })
	return i, i >= 0
}

// section and short are the two halves of a key's name.
func (k key) section() string { s, _, _ := strings.Cut(k.name, "."); return s }
func (k key) short() string   { _, s, _ := strings.Cut(k.name, "."); return s }

// table is never changed. Keys of one section stand together.
var table = []key{
	{
		name: "server.host", env: "PM_SERVER_HOST", about: "address to listen on",
		kind: text{func(c *Config) *string { return &c.ServerHost }, "127.0.0.1", hostName},
	},
	{
		name: "server.port", env: "PM_SERVER_PORT", about: "port to listen on; 0: the system picks one",
		kind: whole{func(c *Config) *int { return &c.ServerPort }, limits{8080, 1024, 65535, true}},
	},
	{
		name: "server.max_connections", env: "PM_SERVER_MAX_CONNECTIONS", about: "sessions at once",
		kind: whole{func(c *Config) *int { return &c.ServerMaxConnections }, limits{10000, 1, 100000, false}},
	},
	{
		name: "server.idle_shutdown_secs", env: "PM_IDLE_SHUTDOWN_SECS",
		about: "stop after so many seconds without use; 0: never",
		kind:  span{func(c *Config) *time.Duration { return &c.ServerIdleShutdown }, time.Second, limits{0, 0, longestSeconds, false}},
	},
	{
		name: "server.allowed_origins", env: "PM_SERVER_ALLOWED_ORIGINS",
		about: "sites whose pages may read the HTTP answers, separated by commas; *: all; empty: none",
		kind:  text{func(c *Config) *string { return &c.ServerAllowedOrigins }, "*", origins},
	},
	{
		name: "server.tls_cert", env: "PM_SERVER_TLS_CERT",
		about: "PEM certificate, with those of its issuers behind it; read again when it changes; empty: no TLS",
		kind:  text{func(c *Config) *string { return &c.ServerTLSCert }, "", anyFile},
	},
	{
		name: "server.tls_key", env: "PM_SERVER_TLS_KEY", about: "PEM private key of that certificate",
		kind: text{func(c *Config) *string { return &c.ServerTLSKey }, "", anyFile},
	},
	{
		name: "server.tls_self_signed", env: "PM_SERVER_TLS_SELF_SIGNED",
		about: "TLS with a certificate made at every start, for a first try, if there is no other",
		kind:  flag{func(c *Config) *bool { return &c.ServerTLSSelfSigned }, false},
	},

	{
		name: "database.path", env: "PM_DATABASE_PATH",
		about: "storage directory, relative to the configuration directory",
		kind:  text{func(c *Config) *string { return &c.DatabasePath }, "data.db", localPath},
	},

	{
		name: "auth.enabled", env: "PM_AUTH_ENABLED", about: "require a token from every client", guest: true,
		kind: flag{func(c *Config) *bool { return &c.AuthEnabled }, false},
	},
	{
		name: "auth.jwt_secret", env: "PM_AUTH_JWT_SECRET", about: "secret of HS256 tokens; wins over the public key",
		secret: true,
		kind:   secretText{func(c *Config) *Secret { return &c.AuthJWTSecret }},
	},
	{
		name: "auth.jwt_public_key_path", env: "PM_AUTH_JWT_PUBLIC_KEY_PATH",
		about: "PEM public key of RS256 tokens, relative to the configuration directory",
		kind:  text{func(c *Config) *string { return &c.AuthJWTPublicKeyPath }, "", optionalLocalPath},
	},
	{
		name: "auth.jwt_audience", env: "PM_AUTH_JWT_AUDIENCE", about: "audience that tokens must name; empty: theirs does not matter",
		kind: text{func(c *Config) *string { return &c.AuthJWTAudience }, "", anyText},
	},
	{
		name: "auth.close_expired", env: "PM_AUTH_CLOSE_EXPIRED", about: "close a connection when its token expires",
		kind: flag{func(c *Config) *bool { return &c.AuthCloseExpired }, true},
	},
	{
		name: "auth.desktop_user_id", env: "PM_AUTH_DESKTOP_USER_ID",
		about:  "user of clients without a token; empty: session-<uuid>, drawn at every start",
		kind:   text{func(c *Config) *string { return &c.AuthDesktopUserID }, "local-user", anyText},
		settle: settleDesktopUser,
	},

	{
		name: "logging.level", env: "PM_LOG_LEVEL", about: "least severe record that is written",
		kind:   text{func(c *Config) *string { return &c.LoggingLevel }, otherLevel, levelWord},
		settle: settleLevel,
	},
	{
		name: "logging.format", env: "PM_LOG_FORMAT", about: "text or json; auto: text on a terminal, json elsewhere",
		kind:   text{func(c *Config) *string { return &c.LoggingFormat }, "auto", word("auto", "text", "json")},
		settle: lowered,
	},
	{
		name: "logging.dir", about: "directory of log files, relative to the configuration directory",
		kind: text{func(c *Config) *string { return &c.LoggingDir }, "log", localPath},
	},
	{
		name: "logging.file", env: "PM_LOG_FILE", about: "log file, relative to logging.dir; empty: standard output",
		kind: text{func(c *Config) *string { return &c.LoggingFile }, "", logPath},
	},
	{
		name: "logging.colored", env: "PM_LOG_COLORED", about: "colours on standard output",
		kind: flag{func(c *Config) *bool { return &c.LoggingColored }, true},
	},

	{
		name: "activity_log.retention_days", env: "PM_ACTIVITY_LOG_RETENTION_DAYS",
		about: "age at which activity is deleted; 0: keep for ever",
		kind:  whole{func(c *Config) *int { return &c.ActivityLogRetentionDays }, limits{90, 0, longestDays, false}},
	},
	{
		name: "activity_log.cleanup_interval_hours", env: "PM_ACTIVITY_LOG_CLEANUP_INTERVAL_HOURS",
		about: "time between two deletions of old activity",
		kind:  span{func(c *Config) *time.Duration { return &c.ActivityLogCleanupInterval }, time.Hour, limits{24, 1, longestHours, false}},
	},

	{
		name: "websocket.send_buffer_size", env: "PM_WS_SEND_BUFFER_SIZE", about: "messages queued for one session",
		kind: whole{func(c *Config) *int { return &c.WebsocketSendBufferSize }, limits{100, 1, 10000, false}},
	},
	{
		name: "websocket.heartbeat_interval_secs", env: "PM_WS_HEARTBEAT_INTERVAL_SECS", about: "time between two pings",
		kind: span{func(c *Config) *time.Duration { return &c.WebsocketHeartbeatInterval }, time.Second, limits{30, 5, 300, false}},
	},
	{
		name: "websocket.heartbeat_timeout_secs", env: "PM_WS_HEARTBEAT_TIMEOUT_SECS",
		about: "silence after which a session is closed",
		kind:  span{func(c *Config) *time.Duration { return &c.WebsocketHeartbeatTimeout }, time.Second, limits{60, 10, 600, false}},
	},
	{
		name: "websocket.max_message_bytes", env: "PM_WS_MAX_MESSAGE_BYTES", about: "largest message a client may send",
		kind: whole{func(c *Config) *int { return &c.WebsocketMaxMessageBytes }, limits{16 << 20, 1 << 10, 64 << 20, false}},
	},

	{
		name: "rate_limit.max_requests", env: "PM_RATE_LIMIT_MAX_REQUESTS", about: "requests of one session in one window",
		kind: whole{func(c *Config) *int { return &c.RateLimitMaxRequests }, limits{100, 1, 10000, false}},
	},
	{
		name: "rate_limit.window_secs", env: "PM_RATE_LIMIT_WINDOW_SECS", about: "length of that window",
		kind: span{func(c *Config) *time.Duration { return &c.RateLimitWindow }, time.Second, limits{60, 1, 3600, false}},
	},

	{
		name: "circuit_breaker.failure_threshold", env: "PM_CB_FAILURE_THRESHOLD", about: "storage failures that open the breaker",
		kind: whole{func(c *Config) *int { return &c.CircuitBreakerFailureThreshold }, limits{5, 1, 100, false}},
	},
	{
		name: "circuit_breaker.open_duration_secs", env: "PM_CB_OPEN_DURATION_SECS", about: "time it stays open",
		kind: span{func(c *Config) *time.Duration { return &c.CircuitBreakerOpenDuration }, time.Second, limits{30, 1, 300, false}},
	},
	{
		name: "circuit_breaker.half_open_success_threshold", env: "PM_CB_HALF_OPEN_SUCCESS_THRESHOLD",
		about: "successful probes that close it",
		kind:  whole{func(c *Config) *int { return &c.CircuitBreakerHalfOpenSuccessThreshold }, limits{3, 1, 50, false}},
	},
	{
		name: "circuit_breaker.failure_window_secs", env: "PM_CB_FAILURE_WINDOW_SECS",
		about: "longest gap between two failures that count together",
		kind:  span{func(c *Config) *time.Duration { return &c.CircuitBreakerFailureWindow }, time.Second, limits{60, 1, 600, false}},
	},

	{
		name: "retry.max_attempts", env: "PM_RETRY_MAX_ATTEMPTS", about: "attempts at one storage read, the first included",
		kind: whole{func(c *Config) *int { return &c.RetryMaxAttempts }, limits{3, 1, 10, false}},
	},
	{
		name: "retry.initial_delay_ms", env: "PM_RETRY_INITIAL_DELAY_MS", about: "wait before the second attempt",
		kind: span{func(c *Config) *time.Duration { return &c.RetryInitialDelay }, time.Millisecond, limits{100, 10, 10000, false}},
	},
	{
		name: "retry.max_delay_secs", env: "PM_RETRY_MAX_DELAY_SECS", about: "longest wait between two attempts",
		kind: span{func(c *Config) *time.Duration { return &c.RetryMaxDelay }, time.Second, limits{5, 1, 60, false}},
	},
	{
		name: "retry.backoff_multiplier", env: "PM_RETRY_BACKOFF_MULTIPLIER", about: "growth of the wait",
		kind: decimal{func(c *Config) *float64 { return &c.RetryBackoffMultiplier }, 2, 1, 10},
	},
	{
		name: "retry.jitter", env: "PM_RETRY_JITTER", about: "multiply each wait by a random factor in 0.5..1.5",
		kind: flag{func(c *Config) *bool { return &c.RetryJitter }, true},
	},

	{
		name: "handler.timeout_secs", env: "PM_HANDLER_TIMEOUT_SECS", about: "longest request, from dispatch to reply",
		kind: span{func(c *Config) *time.Duration { return &c.HandlerTimeout }, time.Second, limits{30, 1, 300, false}},
	},
	{
		name: "handler.execution_limit_ms", env: "PM_HANDLER_EXECUTION_LIMIT_MS", about: "longest single run of a guest",
		kind: span{func(c *Config) *time.Duration { return &c.HandlerExecutionLimit }, time.Millisecond, limits{250, 1, 60000, false}},
	},
	{
		name: "handler.max_memory_mib", env: "PM_HANDLER_MAX_MEMORY_MIB", about: "memory of one instance",
		kind: whole{func(c *Config) *int { return &c.HandlerMaxMemoryMiB }, limits{64, 16, 1024, false}},
	},
	{
		name: "handler.instances", env: "PM_HANDLER_INSTANCES", about: "calls that run at once; 0: one for each processor",
		kind: whole{func(c *Config) *int { return &c.HandlerInstances }, limits{0, 0, 1024, false}},
	},
	{
		name: "handler.max_fuel", env: "PM_HANDLER_MAX_FUEL", about: "most fuel that a handler's route may ask for, in units of about an instruction",
		kind: whole{func(c *Config) *int { return &c.HandlerMaxFuel }, limits{10_000_000_000, 1_000_000, 1_000_000_000_000_000, false}},
	},

	{
		name: "handler.trusted_keys", env: "PM_HANDLER_TRUSTED_KEYS",
		about: "minisign public keys, or files of them, whose handlers are taken, separated by commas; empty: handlers need no signature",
		kind:  text{func(c *Config) *string { return &c.HandlerTrustedKeys }, "", anyText},
	},
	{
		name: "handler.keep_versions", env: "PM_HANDLER_KEEP_VERSIONS", about: "versions of a handler that are kept, besides the one that runs and the one to go back to",
		kind: whole{func(c *Config) *int { return &c.HandlerKeepVersions }, limits{5, 0, 100, false}},
	},
	{
		name: "handler.rollback_failures", env: "PM_HANDLER_ROLLBACK_FAILURES",
		about: "calls a version may fail (traps, fuel, time) within the window, before the one before it is put back; 0: it stays",
		kind:  whole{func(c *Config) *int { return &c.HandlerRollbackFailures }, limits{5, 0, 10000, false}},
	},
	{
		name: "handler.rollback_percent", env: "PM_HANDLER_ROLLBACK_PERCENT", about: "share of its calls that these have to be",
		kind: whole{func(c *Config) *int { return &c.HandlerRollbackPercent }, limits{10, 1, 100, false}},
	},
	{
		name: "handler.rollback_window_secs", env: "PM_HANDLER_ROLLBACK_WINDOW_SECS", about: "length of that window",
		kind: span{func(c *Config) *time.Duration { return &c.HandlerRollbackWindow }, time.Second, limits{60, 1, 3600, false}},
	},

	{
		name: "sandbox.engine", env: "PM_SANDBOX_ENGINE", about: "how guests run: auto is the compiler where there is one",
		kind:   text{func(c *Config) *string { return &c.SandboxEngine }, "auto", word("auto", "compiler", "interpreter")},
		settle: lowered,
	},
	{
		name: "sandbox.reset", env: "PM_SANDBOX_RESET", about: "how instances return to their image: auto is the fastest way the system has",
		kind:   text{func(c *Config) *string { return &c.SandboxReset }, "auto", word("auto", "uffd", "scan", "read", "hot", "copy")},
		settle: lowered,
	},

	{
		name: "storage.cache_mib", env: "PM_STORAGE_CACHE_MIB", about: "memory for cached blocks",
		kind: whole{func(c *Config) *int { return &c.StorageCacheMiB }, limits{32, 4, 4096, false}},
	},
	{
		name: "storage.memtable_mib", env: "PM_STORAGE_MEMTABLE_MIB", about: "memory for changes not yet in a table file",
		kind: whole{func(c *Config) *int { return &c.StorageMemtableMiB }, limits{16, 1, 512, false}},
	},

	{
		name: "validation.max_title_length", env: "PM_VALIDATION_MAX_TITLE_LENGTH", guest: true,
		about: "longest title, in code points like all lengths here",
		kind:  whole{func(c *Config) *int { return &c.ValidationMaxTitleLength }, limits{200, 1, 500, false}},
	},
	{
		name: "validation.max_description_length", env: "PM_VALIDATION_MAX_DESCRIPTION_LENGTH", guest: true,
		about: "longest description",
		kind:  whole{func(c *Config) *int { return &c.ValidationMaxDescriptionLength }, limits{10000, 0, 500000, false}},
	},
	{
		name: "validation.sanitize", env: "PM_VALIDATION_SANITIZE", guest: true,
		about:  "what is done to texts: neutralise active HTML, only trim, or escape everything",
		kind:   text{func(c *Config) *string { return &c.ValidationSanitize }, "active", word("active", "trim", "escape")},
		settle: lowered,
	},
	{
		name: "validation.max_story_points", env: "PM_VALIDATION_MAX_STORY_POINTS", guest: true,
		about: "most story points of one item",
		kind:  whole{func(c *Config) *int { return &c.ValidationMaxStoryPoints }, limits{100, 0, 1000, false}},
	},
	{
		name: "validation.max_error_message_length", env: "PM_VALIDATION_MAX_ERROR_MESSAGE_LENGTH", guest: true,
		about: "longest error text sent to a client",
		kind:  whole{func(c *Config) *int { return &c.ValidationMaxErrorMessageLength }, limits{200, 50, 1000, false}},
	},
	{
		name: "validation.max_comment_length", env: "PM_VALIDATION_MAX_COMMENT_LENGTH", guest: true,
		about: "longest comment",
		kind:  whole{func(c *Config) *int { return &c.ValidationMaxCommentLength }, limits{5000, 1, 500000, false}},
	},
	{
		name: "validation.max_sprint_name_length", env: "PM_VALIDATION_MAX_SPRINT_NAME_LENGTH", guest: true,
		about: "longest sprint name",
		kind:  whole{func(c *Config) *int { return &c.ValidationMaxSprintNameLength }, limits{100, 1, 500, false}},
	},

	{
		name: "tracing.endpoint", env: "PM_TRACING_ENDPOINT", about: "collector that gets traces by OTLP over HTTP; empty: none",
		kind: text{func(c *Config) *string { return &c.TracingEndpoint }, "", collectorURL},
	},
	{
		name: "tracing.sample_ratio", env: "PM_TRACING_SAMPLE_RATIO", about: "share of the messages that are traced",
		kind: decimal{func(c *Config) *float64 { return &c.TracingSampleRatio }, 1, 0, 1},
	},

	{
		name: "api.enabled", about: "serve the REST API",
		kind: flag{func(c *Config) *bool { return &c.APIEnabled }, true},
	},
	{
		name: "api.llm_user_id", guest: true, about: "user of REST requests that name none",
		kind:   text{func(c *Config) *string { return &c.APILLMUserID }, defaultLLMUser, userID},
		settle: settleLLMUser,
	},
	{
		name: "api.llm_user_name", guest: true, about: "name of that user",
		kind: text{func(c *Config) *string { return &c.APILLMUserName }, "LLM Assistant", anyText},
	},
}
