//! standup is a handler for the notes of a stand-up meeting: whoever adds a note gets the last ones back, and whoever watches
//! hears of it.
//!
//!     standup/add    write  the request is a note; the reply is the last notes, the newest first, each on a line
//!     standup/watch  read   subscribes the caller to the notes; the reply is the last notes
#![no_std]

mod workcell;

use workcell::{Code, Kind, Refusal, Scope};

const MAX_NOTE: usize = 280;
const KEPT: u64 = 100;
const SHOWN: usize = 5;

const ROUTE_ADD: u32 = 2000;
const ROUTE_WATCH: u32 = 2001;
const CALL_EVENT: u32 = 1002;
const SET_NOTES: u32 = 0; // key: the note's number, 8 bytes, big endian; value: its text

const TOPIC: Scope = Scope { kind: Kind::Topic, id: b"standup" };

/// A pair takes 8 bytes, the key's 8, and the note's.
const SCANNED: usize = SHOWN * (8 + 8 + MAX_NOTE);

pub const MANIFEST: &str = r#"{"abi":1,"name":"standup","version":"1.0.0",
"data_sets":[{"name":"standup","access":"write"}],
"routes":[
{"id":2000,"name":"standup/add","kind":"write","reply":1001,"events":[1002]},
{"id":2001,"name":"standup/watch","kind":"read","reply":1001}]}"#;

pub fn handle(route: u32, length: u32) -> Result<(), Refusal> {
    match route {
        ROUTE_ADD => add(length as usize),
        ROUTE_WATCH => watch(),
        _ => Err(Refusal { code: Code::Internal, field: "", text: "The handler does not know this route" }),
    }
}

fn add(length: usize) -> Result<(), Refusal> {
    let refuse = |text| Err(Refusal { code: Code::Validation, field: "note", text });
    if length == 0 || length > MAX_NOTE {
        return refuse("A note has 1 to 280 bytes");
    }
    let mut buf = [0; MAX_NOTE];
    let note = workcell::request(&mut buf);
    if note.iter().any(|b| *b < b' ') {
        return refuse("A note is one line");
    }
    let mut buf = [0; SCANNED];
    let number = match workcell::scan(SET_NOTES, b"", b"", true, 1, &mut buf).next() {
        Some((key, _)) => key.iter().fold(0, |n: u64, b| n << 8 | *b as u64) + 1,
        None => 1,
    };
    workcell::put(SET_NOTES, &number.to_be_bytes(), note);
    if number > KEPT {
        workcell::delete(SET_NOTES, &(number - KEPT).to_be_bytes());
    }
    workcell::emit(TOPIC, CALL_EVENT, note);
    reply_notes();
    Ok(())
}

fn watch() -> Result<(), Refusal> {
    if !workcell::subscribe(TOPIC) {
        return Err(Refusal { code: Code::Conflict, field: "", text: "This connection holds too many subscriptions" });
    }
    reply_notes();
    Ok(())
}

fn reply_notes() {
    let mut buf = [0; SCANNED];
    for (_, note) in workcell::scan(SET_NOTES, b"", b"", true, SHOWN as u32, &mut buf) {
        workcell::reply(note);
        workcell::reply(b"\n");
    }
}
