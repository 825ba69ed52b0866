// standup is a handler for the notes of a stand-up meeting: whoever adds a note gets the last ones back, and whoever
// watches hears of it.
//
//   standup/add    write  the request is a note; the reply is the last notes, the newest first, each on a line
//   standup/watch  read   subscribes the caller to the notes; the reply is the last notes
#include "workcell.h"

enum { MAX_NOTE = 280, KEPT = 100, SHOWN = 5 };
enum { ROUTE_ADD = 2000, ROUTE_WATCH = 2001, CALL_EVENT = 1002 };
enum { SET_NOTES = 0 }; // key: the note's number, 8 bytes, big endian; value: its text

#define TOPIC "standup"

const char handler_manifest[] =
	"{\"abi\":1,\"name\":\"standup\",\"version\":\"1.0.0\","
	"\"data_sets\":[{\"name\":\"standup\",\"access\":\"write\"}],"
	"\"routes\":["
	"{\"id\":2000,\"name\":\"standup/add\",\"kind\":\"write\",\"reply\":1001,\"events\":[1002]},"
	"{\"id\":2001,\"name\":\"standup/watch\",\"kind\":\"read\",\"reply\":1001}]}";

// A pair takes 8 bytes, the key's 8, and the note's.
static uint8_t note[MAX_NOTE], scanned[SHOWN * (8 + 8 + MAX_NOTE)];

static void put_key(uint8_t *key, uint64_t number) {
	for (int i = 7; i >= 0; i--, number >>= 8) key[i] = (uint8_t)number;
}

// last fills scanned with the last n notes and returns how many bytes that are.
static uint32_t last(uint32_t n) {
	return (uint32_t)wc_kv_scan(SET_NOTES, "", 0, "", 0, WC_SCAN_REVERSE | WC_SCAN_LIMIT(n), scanned, sizeof scanned);
}

static void reply_notes(void) {
	uint32_t n = last(SHOWN), at = 0;
	wc_pair pair;
	while (wc_next(scanned, n, &at, &pair)) {
		wc_output_write(pair.value, pair.value_n);
		wc_output_write("\n", 1);
	}
}

static int add(uint32_t length) {
	if (length == 0 || length > MAX_NOTE) return wc_refuse(WC_VALIDATION, "note", "A note has 1 to 280 bytes");
	wc_input_read(note, 0, length);
	for (uint32_t i = 0; i < length; i++)
		if (note[i] < ' ') return wc_refuse(WC_VALIDATION, "note", "A note is one line");

	uint8_t key[8];
	uint64_t number = 1;
	uint32_t at = 0;
	wc_pair pair;
	if (wc_next(scanned, last(1), &at, &pair)) {
		number = 0;
		for (uint32_t i = 0; i < pair.key_n; i++) number = number << 8 | pair.key[i];
		number++;
	}
	put_key(key, number);
	wc_kv_put(SET_NOTES, key, sizeof key, note, length);
	if (number > KEPT) {
		put_key(key, number - KEPT);
		wc_kv_delete(SET_NOTES, key, sizeof key);
	}
	wc_emit_to(WC_TOPIC, TOPIC, CALL_EVENT, note, length);
	reply_notes();
	return 0;
}

static int watch(void) {
	if (wc_subscribe(WC_TOPIC, TOPIC, wc_length(TOPIC)) == WC_LIMIT_REACHED)
		return wc_refuse(WC_CONFLICT, "", "This connection holds too many subscriptions");
	reply_notes();
	return 0;
}

int handle(uint32_t route, uint32_t length) {
	switch (route) {
	case ROUTE_ADD: return add(length);
	case ROUTE_WATCH: return watch();
	}
	return wc_refuse(WC_INTERNAL, "", "The handler does not know this route");
}
