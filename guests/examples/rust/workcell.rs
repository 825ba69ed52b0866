//! The interface between workcell and a handler in Rust, version 1: the imports, the exports, and a little help. One file
//! without the standard library: it needs rustc (1.63 or newer) with the target wasm32-unknown-unknown, and no crate.
//!
//! A handler defines `MANIFEST` and `handle` in its crate's root. What `handle` does becomes real when it returns `Ok`, or
//! never happened: when it returns a `Refusal`, or traps, as every panic does. An instance serves one call and remembers
//! nothing of earlier ones.
#![allow(dead_code)]

mod imports {
    #[link(wasm_import_module = "workcell")]
    extern "C" {
        pub fn input_read(buf: *mut u8, offset: u32, cap: u32) -> u32;
        pub fn output_write(p: *const u8, n: u32);
        pub fn kv_get(set: u32, key: *const u8, key_n: u32, buf: *mut u8, cap: u32) -> i32;
        pub fn kv_put(set: u32, key: *const u8, key_n: u32, value: *const u8, value_n: u32);
        pub fn kv_delete(set: u32, key: *const u8, key_n: u32);
        pub fn kv_scan(set: u32, lo: *const u8, lo_n: u32, hi: *const u8, hi_n: u32, flags: u32, buf: *mut u8, cap: u32) -> u64;
        pub fn emit(scopes: *const u8, scopes_n: u32, route: u32, payload: *const u8, n: u32);
        pub fn subscribe(kind: u32, id: *const u8, n: u32) -> i32;
        pub fn unsubscribe(kind: u32, id: *const u8, n: u32);
        pub fn revoke(kind: u32, id: *const u8, n: u32, user: *const u8);
        pub fn fail(code: u32, field: *const u8, field_n: u32, text: *const u8, text_n: u32);
        pub fn identity(buf: *mut u8, cap: u32) -> u32;
        pub fn config_get(key: *const u8, key_n: u32, buf: *mut u8, cap: u32) -> i32;
        pub fn now_ms() -> i64;
        pub fn random(p: *mut u8, n: u32);
        pub fn log(level: u32, line: *const u8, n: u32);
    }
}

/// Why a call is refused. Numbers are those of the interface.
#[derive(Clone, Copy)]
pub enum Code {
    InvalidMessage = 1,
    Validation = 2,
    NotFound = 3,
    Unauthorized = 4,
    Conflict = 5,
    DeleteBlocked = 6,
    Decode = 7,
    Internal = 8,
}

/// What the caller is told: `field` names the part of the request at fault, or is empty.
pub struct Refusal {
    pub code: Code,
    pub field: &'static str,
    pub text: &'static str,
}

/// Kinds of scope.
#[derive(Clone, Copy)]
pub enum Kind {
    Inert = 0,
    Project = 1,
    Sprint = 2,
    Item = 3,
    User = 4,
    Topic = 5,
}

/// An address for events. A topic's id has 1 to 64 bytes, that of everything else is the 16 bytes of a UUID.
#[derive(Clone, Copy)]
pub struct Scope {
    pub kind: Kind,
    pub id: &'static [u8],
}

/// Copies the request into `buf` and returns it; what does not fit is left out.
pub fn request(buf: &mut [u8]) -> &[u8] {
    let n = unsafe { imports::input_read(buf.as_mut_ptr(), 0, buf.len() as u32) };
    &buf[..n as usize]
}

/// Appends to the reply.
pub fn reply(p: &[u8]) {
    unsafe { imports::output_write(p.as_ptr(), p.len() as u32) }
}

/// Returns the length of a value, if the key is there, and copies as much of it as fits into `buf`.
pub fn get(set: u32, key: &[u8], buf: &mut [u8]) -> Option<usize> {
    let n = unsafe { imports::kv_get(set, key.as_ptr(), key.len() as u32, buf.as_mut_ptr(), buf.len() as u32) };
    if n < 0 { None } else { Some(n as usize) }
}

pub fn put(set: u32, key: &[u8], value: &[u8]) {
    unsafe { imports::kv_put(set, key.as_ptr(), key.len() as u32, value.as_ptr(), value.len() as u32) }
}

pub fn delete(set: u32, key: &[u8]) {
    unsafe { imports::kv_delete(set, key.as_ptr(), key.len() as u32) }
}

/// Fills `buf` with the pairs of `lo <= key < hi`, as many as fit and at most `limit`, which is below 1 << 24 (0: no limit); an
/// empty `hi` is the end of the data set. `reverse` begins at the end.
pub fn scan<'a>(set: u32, lo: &[u8], hi: &[u8], reverse: bool, limit: u32, buf: &'a mut [u8]) -> Pairs<'a> {
    let flags = reverse as u32 | limit << 8;
    let result = unsafe {
        imports::kv_scan(
            set, lo.as_ptr(), lo.len() as u32, hi.as_ptr(), hi.len() as u32, flags, buf.as_mut_ptr(), buf.len() as u32,
        )
    };
    Pairs { rest: &buf[..result as u32 as usize] }
}

/// The pairs of a scan, key and value.
pub struct Pairs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.len() < 8 {
            return None;
        }
        let number = |p: &[u8]| u32::from_le_bytes([p[0], p[1], p[2], p[3]]) as usize;
        let (key, value) = (number(self.rest), number(&self.rest[4..]));
        let (pair, rest) = self.rest[8..].split_at(key + value);
        self.rest = rest;
        Some(pair.split_at(key))
    }
}

/// Emits an event to everybody who is subscribed to the scope, once the call has committed.
pub fn emit(scope: Scope, route: u32, payload: &[u8]) {
    let mut list = [0u8; 2 + 64];
    list[0] = scope.kind as u8;
    list[1] = scope.id.len() as u8;
    list[2..2 + scope.id.len()].copy_from_slice(scope.id);
    let n = 2 + scope.id.len() as u32;
    unsafe { imports::emit(list.as_ptr(), n, route, payload.as_ptr(), payload.len() as u32) }
}

/// Subscribes the caller's connection. It returns false if that holds too many subscriptions already.
pub fn subscribe(scope: Scope) -> bool {
    unsafe { imports::subscribe(scope.kind as u32, scope.id.as_ptr(), scope.id.len() as u32) == 0 }
}

pub fn unsubscribe(scope: Scope) {
    unsafe { imports::unsubscribe(scope.kind as u32, scope.id.as_ptr(), scope.id.len() as u32) }
}

/// Ends the subscriptions of a user to a scope.
pub fn revoke(scope: Scope, user: &[u8; 16]) {
    unsafe { imports::revoke(scope.kind as u32, scope.id.as_ptr(), scope.id.len() as u32, user.as_ptr()) }
}

/// Who asks: mode, user (16 bytes), connection (16), number of roles, roles with a length byte each. Returns its length.
pub fn identity(buf: &mut [u8]) -> usize {
    unsafe { imports::identity(buf.as_mut_ptr(), buf.len() as u32) as usize }
}

/// Returns the length of an operator's setting, if there is one, and copies as much of it as fits into `buf`.
pub fn config(key: &str, buf: &mut [u8]) -> Option<usize> {
    let n = unsafe { imports::config_get(key.as_ptr(), key.len() as u32, buf.as_mut_ptr(), buf.len() as u32) };
    if n < 0 { None } else { Some(n as usize) }
}

/// Unix milliseconds, the same for the whole call.
pub fn now_ms() -> i64 {
    unsafe { imports::now_ms() }
}

pub fn random(p: &mut [u8]) {
    unsafe { imports::random(p.as_mut_ptr(), p.len() as u32) }
}

/// Levels of a log line: 0 debug, 1 info, 2 warn, 3 error.
pub fn log(level: u32, line: &str) {
    unsafe { imports::log(level, line.as_ptr(), line.len() as u32) }
}

#[no_mangle]
extern "C" fn workcell_abi() -> i32 {
    1
}

#[no_mangle]
extern "C" fn workcell_describe() {
    reply(crate::MANIFEST.as_bytes())
}

#[no_mangle]
extern "C" fn workcell_handle(route: u32, length: u32) -> i32 {
    match crate::handle(route, length) {
        Ok(()) => 0,
        Err(r) => {
            unsafe { imports::fail(r.code as u32, r.field.as_ptr(), r.field.len() as u32, r.text.as_ptr(), r.text.len() as u32) }
            r.code as i32
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
