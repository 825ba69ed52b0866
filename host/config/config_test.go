package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// noEnv is an empty environment.
func noEnv(string) (string, bool) { return "", false }

// vars is an environment with exactly these variables.
func vars(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

func TestDefaultIsTheDocumentedConfiguration(t *testing.T) {
	want := Config{
		ServerHost: "127.0.0.1", ServerPort: 8080, ServerMaxConnections: 10000, ServerIdleShutdown: 0,
		ServerAllowedOrigins: "*",
		DatabasePath:         "data.db",
		AuthEnabled:          false, AuthJWTSecret: "", AuthJWTPublicKeyPath: "", AuthDesktopUserID: "local-user",
		AuthJWTAudience: "", AuthCloseExpired: true,
		LoggingLevel: "info", LoggingFormat: "auto", LoggingDir: "log", LoggingFile: "", LoggingColored: true,
		ActivityLogRetentionDays: 90, ActivityLogCleanupInterval: 24 * time.Hour,
		WebsocketSendBufferSize: 100, WebsocketHeartbeatInterval: 30 * time.Second,
		WebsocketHeartbeatTimeout: 60 * time.Second, WebsocketMaxMessageBytes: 16777216,
		RateLimitMaxRequests: 100, RateLimitWindow: time.Minute,
		CircuitBreakerFailureThreshold: 5, CircuitBreakerOpenDuration: 30 * time.Second,
		CircuitBreakerHalfOpenSuccessThreshold: 3, CircuitBreakerFailureWindow: time.Minute,
		RetryMaxAttempts: 3, RetryInitialDelay: 100 * time.Millisecond, RetryMaxDelay: 5 * time.Second,
		RetryBackoffMultiplier: 2, RetryJitter: true,
		HandlerTimeout: 30 * time.Second, HandlerExecutionLimit: 250 * time.Millisecond,
		HandlerMaxMemoryMiB: 64, HandlerInstances: 0, HandlerMaxFuel: 10_000_000_000,
		HandlerKeepVersions: 5, HandlerRollbackFailures: 5, HandlerRollbackPercent: 10, HandlerRollbackWindow: time.Minute,
		SandboxEngine: "auto", SandboxReset: "auto",
		StorageCacheMiB: 32, StorageMemtableMiB: 16,
		ValidationMaxTitleLength: 200, ValidationMaxDescriptionLength: 10000, ValidationSanitize: "active",
		ValidationMaxStoryPoints: 100, ValidationMaxErrorMessageLength: 200, ValidationMaxCommentLength: 5000,
		ValidationMaxSprintNameLength: 100,
		TracingEndpoint:               "", TracingSampleRatio: 1,
		APIEnabled: true, APILLMUserID: "00000000-0000-0000-0000-000000000001", APILLMUserName: "LLM Assistant",
	}
	if got := Default(); got != want {
		t.Errorf("Default() =\n%+v, want\n%+v", got, want)
	}
	if err := Default().Validate(t.TempDir()); err != nil {
		t.Errorf("the defaults are not valid: %v", err)
	}
}

func TestEveryFieldHasExactlyOneKey(t *testing.T) {
	fields := reflect.TypeFor[Config]()
	if fields.NumField() != len(table) {
		t.Fatalf("Config has %d fields, the table %d keys", fields.NumField(), len(table))
	}
	names, envs, sections := map[string]bool{}, map[string]bool{}, map[string]bool{}
	previous := ""
	for i, k := range table {
		if names[k.name] || k.env != "" && envs[k.env] {
			t.Errorf("%s or its variable appears twice", k.name)
		}
		names[k.name], envs[k.env] = true, true
		if k.section() != previous && sections[k.section()] {
			t.Errorf("section %s is split", k.section())
		}
		previous = k.section()
		sections[previous] = true
		if k.about == "" || strings.Count(k.name, ".") != 1 {
			t.Errorf("row %d is incomplete: %+v", i, k)
		}
		// Setting the default into a zero Config touches the field of the same name and no other.
		var c Config
		k.kind.set(&c, distinct(k))
		for j := range fields.NumField() {
			touched := !reflect.ValueOf(c).Field(j).IsZero()
			if same := sameName(fields.Field(j).Name, k.name); touched != same {
				t.Errorf("%s: field %s touched: %t", k.name, fields.Field(j).Name, touched)
			}
		}
	}
}

// distinct returns a value of k that is not the zero value of its field.
func distinct(k key) any {
	switch k.kind.fallback().(type) {
	case bool:
		return true
	case int64:
		return int64(1)
	case float64:
		return 1.5
	}
	return "x"
}

// sameName compares a field with a key, apart from punctuation and the unit that a duration carries in its type.
func sameName(field, name string) bool {
	for _, unit := range []string{"_secs", "_ms", "_hours"} {
		name = strings.TrimSuffix(name, unit)
	}
	return strings.EqualFold(field, strings.NewReplacer(".", "", "_", "").Replace(name))
}

func TestVariablesAndRangesAreTheDocumentedOnes(t *testing.T) {
	const seconds, hours, days = "9223372036", "2562047", "106751"
	want := map[string][2]string{
		"server.host":                                 {"PM_SERVER_HOST", hostName.says},
		"server.port":                                 {"PM_SERVER_PORT", "0 or a whole number in 1024..65535"},
		"server.max_connections":                      {"PM_SERVER_MAX_CONNECTIONS", "1..100000"},
		"server.idle_shutdown_secs":                   {"PM_IDLE_SHUTDOWN_SECS", "0.." + seconds},
		"server.allowed_origins":                      {"PM_SERVER_ALLOWED_ORIGINS", origins.says},
		"server.tls_cert":                             {"PM_SERVER_TLS_CERT", anyFile.says},
		"server.tls_key":                              {"PM_SERVER_TLS_KEY", anyFile.says},
		"server.tls_self_signed":                      {"PM_SERVER_TLS_SELF_SIGNED", flag{}.allowed()},
		"database.path":                               {"PM_DATABASE_PATH", localPath.says},
		"auth.enabled":                                {"PM_AUTH_ENABLED", flag{}.allowed()},
		"auth.jwt_secret":                             {"PM_AUTH_JWT_SECRET", secretText{}.allowed()},
		"auth.jwt_public_key_path":                    {"PM_AUTH_JWT_PUBLIC_KEY_PATH", optionalLocalPath.says},
		"auth.jwt_audience":                           {"PM_AUTH_JWT_AUDIENCE", anyText.says},
		"auth.close_expired":                          {"PM_AUTH_CLOSE_EXPIRED", flag{}.allowed()},
		"auth.desktop_user_id":                        {"PM_AUTH_DESKTOP_USER_ID", anyText.says},
		"logging.level":                               {"PM_LOG_LEVEL", levelWord.says},
		"logging.format":                              {"PM_LOG_FORMAT", "auto, text or json"},
		"logging.dir":                                 {"", localPath.says},
		"logging.file":                                {"PM_LOG_FILE", logPath.says},
		"logging.colored":                             {"PM_LOG_COLORED", flag{}.allowed()},
		"activity_log.retention_days":                 {"PM_ACTIVITY_LOG_RETENTION_DAYS", "0.." + days},
		"activity_log.cleanup_interval_hours":         {"PM_ACTIVITY_LOG_CLEANUP_INTERVAL_HOURS", "1.." + hours},
		"websocket.send_buffer_size":                  {"PM_WS_SEND_BUFFER_SIZE", "1..10000"},
		"websocket.heartbeat_interval_secs":           {"PM_WS_HEARTBEAT_INTERVAL_SECS", "5..300"},
		"websocket.heartbeat_timeout_secs":            {"PM_WS_HEARTBEAT_TIMEOUT_SECS", "10..600"},
		"websocket.max_message_bytes":                 {"PM_WS_MAX_MESSAGE_BYTES", "1024..67108864"},
		"rate_limit.max_requests":                     {"PM_RATE_LIMIT_MAX_REQUESTS", "1..10000"},
		"rate_limit.window_secs":                      {"PM_RATE_LIMIT_WINDOW_SECS", "1..3600"},
		"circuit_breaker.failure_threshold":           {"PM_CB_FAILURE_THRESHOLD", "1..100"},
		"circuit_breaker.open_duration_secs":          {"PM_CB_OPEN_DURATION_SECS", "1..300"},
		"circuit_breaker.half_open_success_threshold": {"PM_CB_HALF_OPEN_SUCCESS_THRESHOLD", "1..50"},
		"circuit_breaker.failure_window_secs":         {"PM_CB_FAILURE_WINDOW_SECS", "1..600"},
		"retry.max_attempts":                          {"PM_RETRY_MAX_ATTEMPTS", "1..10"},
		"retry.initial_delay_ms":                      {"PM_RETRY_INITIAL_DELAY_MS", "10..10000"},
		"retry.max_delay_secs":                        {"PM_RETRY_MAX_DELAY_SECS", "1..60"},
		"retry.backoff_multiplier":                    {"PM_RETRY_BACKOFF_MULTIPLIER", "a number in 1.0..10.0"},
		"retry.jitter":                                {"PM_RETRY_JITTER", flag{}.allowed()},
		"handler.timeout_secs":                        {"PM_HANDLER_TIMEOUT_SECS", "1..300"},
		"handler.execution_limit_ms":                  {"PM_HANDLER_EXECUTION_LIMIT_MS", "1..60000"},
		"handler.max_memory_mib":                      {"PM_HANDLER_MAX_MEMORY_MIB", "16..1024"},
		"handler.instances":                           {"PM_HANDLER_INSTANCES", "0..1024"},
		"handler.max_fuel":                            {"PM_HANDLER_MAX_FUEL", "1000000..1000000000000000"},
		"handler.trusted_keys":                        {"PM_HANDLER_TRUSTED_KEYS", anyText.says},
		"handler.keep_versions":                       {"PM_HANDLER_KEEP_VERSIONS", "0..100"},
		"handler.rollback_failures":                   {"PM_HANDLER_ROLLBACK_FAILURES", "0..10000"},
		"handler.rollback_percent":                    {"PM_HANDLER_ROLLBACK_PERCENT", "1..100"},
		"handler.rollback_window_secs":                {"PM_HANDLER_ROLLBACK_WINDOW_SECS", "1..3600"},
		"sandbox.engine":                              {"PM_SANDBOX_ENGINE", "auto, compiler or interpreter"},
		"sandbox.reset":                               {"PM_SANDBOX_RESET", "auto, uffd, scan, read, hot or copy"},
		"storage.cache_mib":                           {"PM_STORAGE_CACHE_MIB", "4..4096"},
		"storage.memtable_mib":                        {"PM_STORAGE_MEMTABLE_MIB", "1..512"},
		"validation.max_title_length":                 {"PM_VALIDATION_MAX_TITLE_LENGTH", "1..500"},
		"validation.max_description_length":           {"PM_VALIDATION_MAX_DESCRIPTION_LENGTH", "0..500000"},
		"validation.sanitize":                         {"PM_VALIDATION_SANITIZE", "active, trim or escape"},
		"validation.max_story_points":                 {"PM_VALIDATION_MAX_STORY_POINTS", "0..1000"},
		"validation.max_error_message_length":         {"PM_VALIDATION_MAX_ERROR_MESSAGE_LENGTH", "50..1000"},
		"validation.max_comment_length":               {"PM_VALIDATION_MAX_COMMENT_LENGTH", "1..500000"},
		"validation.max_sprint_name_length":           {"PM_VALIDATION_MAX_SPRINT_NAME_LENGTH", "1..500"},
		"tracing.endpoint":                            {"PM_TRACING_ENDPOINT", collectorURL.says},
		"tracing.sample_ratio":                        {"PM_TRACING_SAMPLE_RATIO", "a number in 0.0..1.0"},
		"api.enabled":                                 {"", flag{}.allowed()},
		"api.llm_user_id":                             {"", userID.says},
		"api.llm_user_name":                           {"", anyText.says},
	}
	for _, k := range Keys() {
		w, ok := want[k.Name]
		if !ok {
			t.Errorf("%s is not documented", k.Name)
			continue
		}
		delete(want, k.Name)
		if got := strings.TrimPrefix(k.Allowed, "a whole number in "); k.Env != w[0] || got != w[1] {
			t.Errorf("%s: variable %q, allowed %q; want %q, %q", k.Name, k.Env, got, w[0], w[1])
		}
	}
	for name := range want {
		t.Errorf("%s is missing", name)
	}
}
