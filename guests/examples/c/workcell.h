// The interface between workcell and a handler in C, version 1: the imports, the exports, and a little help. One header,
// no library: it needs clang with the target wasm32 and lld, and nothing else.
//
// A handler defines handler_manifest and handle. What handle does becomes real when it returns 0, or never happened: when
// it returns anything else (see wc_refuse), or traps. An instance serves one call and remembers nothing of earlier ones, so
// buffers may be static. All numbers are little endian; the host checks every pointer and length.
#ifndef WORKCELL_H
#define WORKCELL_H

typedef unsigned char uint8_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef long long int64_t;

// ---- What a handler defines ----

// handler_manifest is JSON: name, version, data sets, routes.
extern const char handler_manifest[];

// handle handles one message: length is that of the request, which wc_input_read copies out.
int handle(uint32_t route, uint32_t length);

// ---- Imports ----

#define WC_IMPORT(name) __attribute__((import_module("workcell"), import_name(name)))

WC_IMPORT("input_read") uint32_t wc_input_read(void *buf, uint32_t offset, uint32_t cap);
WC_IMPORT("output_write") void wc_output_write(const void *p, uint32_t n);
WC_IMPORT("kv_get") int wc_kv_get(uint32_t set, const void *key, uint32_t key_n, void *buf, uint32_t cap);
WC_IMPORT("kv_put") void wc_kv_put(uint32_t set, const void *key, uint32_t key_n, const void *value, uint32_t value_n);
WC_IMPORT("kv_delete") void wc_kv_delete(uint32_t set, const void *key, uint32_t key_n);
WC_IMPORT("kv_scan")
uint64_t wc_kv_scan(uint32_t set, const void *lo, uint32_t lo_n, const void *hi, uint32_t hi_n, uint32_t flags, void *buf, uint32_t cap);
WC_IMPORT("emit") void wc_emit(const void *scopes, uint32_t scopes_n, uint32_t route, const void *payload, uint32_t n);
WC_IMPORT("subscribe") int wc_subscribe(uint32_t kind, const void *id, uint32_t n);
WC_IMPORT("unsubscribe") void wc_unsubscribe(uint32_t kind, const void *id, uint32_t n);
WC_IMPORT("revoke") void wc_revoke(uint32_t kind, const void *id, uint32_t n, const void *user16);
WC_IMPORT("fail") void wc_fail(uint32_t code, const void *field, uint32_t field_n, const void *text, uint32_t text_n);
WC_IMPORT("identity") uint32_t wc_identity(void *buf, uint32_t cap);
WC_IMPORT("config_get") int wc_config_get(const void *key, uint32_t key_n, void *buf, uint32_t cap);
WC_IMPORT("now_ms") int64_t wc_now_ms(void);
WC_IMPORT("random") void wc_random(void *p, uint32_t n);
WC_IMPORT("log") void wc_log(uint32_t level, const void *line, uint32_t n);

enum { WC_ABSENT = -1, WC_LIMIT_REACHED = 1 };                       // results of wc_kv_get, wc_config_get; wc_subscribe
enum { WC_SCAN_REVERSE = 1 };                                        // flags of wc_kv_scan
#define WC_SCAN_LIMIT(n) ((uint32_t)(n) << 8)                        // likewise: at most n pairs, n < 1 << 24
enum { WC_DEBUG, WC_INFO, WC_WARN, WC_ERROR };                       // levels of wc_log
enum { WC_INERT, WC_PROJECT, WC_SPRINT, WC_ITEM, WC_USER, WC_TOPIC }; // kinds of scope
enum {                                                               // codes of wc_refuse
	WC_INVALID_MESSAGE = 1, WC_VALIDATION, WC_NOT_FOUND, WC_UNAUTHORIZED, WC_CONFLICT, WC_DELETE_BLOCKED, WC_DECODE, WC_INTERNAL,
};

// ---- Help ----

static inline uint32_t wc_length(const char *text) {
	uint32_t n = 0;
	while (text[n]) n++;
	return n;
}

// wc_refuse says why the call is refused; return what it returns. field may be "".
static inline int wc_refuse(uint32_t code, const char *field, const char *text) {
	wc_fail(code, field, wc_length(field), text, wc_length(text));
	return (int)code;
}

// wc_emit_to emits an event to one scope, whose id has at most 64 bytes.
static inline void wc_emit_to(uint8_t kind, const char *id, uint32_t route, const void *payload, uint32_t n) {
	uint8_t list[2 + 64];
	uint32_t id_n = wc_length(id);
	if (id_n > 64) __builtin_trap();
	list[0] = kind;
	list[1] = (uint8_t)id_n;
	for (uint32_t i = 0; i < id_n; i++) list[2 + i] = (uint8_t)id[i];
	wc_emit(list, 2 + id_n, route, payload, n);
}

// A wc_pair is a key and its value in a buffer that wc_kv_scan filled.
typedef struct {
	const uint8_t *key, *value;
	uint32_t key_n, value_n;
} wc_pair;

static inline uint32_t wc_number(const uint8_t *p) {
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

// wc_next takes the pair at *at of a buffer of which n bytes are filled: the lower 32 bits of wc_kv_scan's result. It
// returns 0 at the end.
static inline int wc_next(const uint8_t *buf, uint32_t n, uint32_t *at, wc_pair *pair) {
	if (n - *at < 8) return 0;
	pair->key_n = wc_number(buf + *at);
	pair->value_n = wc_number(buf + *at + 4);
	pair->key = buf + *at + 8;
	pair->value = pair->key + pair->key_n;
	*at += 8 + pair->key_n + pair->value_n;
	return 1;
}

// ---- Exports ----

#define WC_EXPORT(name) __attribute__((export_name(name)))

WC_EXPORT("workcell_abi") int workcell_abi(void) { return 1; }

WC_EXPORT("workcell_describe") void workcell_describe(void) {
	wc_output_write(handler_manifest, wc_length(handler_manifest));
}

WC_EXPORT("workcell_handle") int workcell_handle(uint32_t route, uint32_t length) { return handle(route, length); }

#endif
