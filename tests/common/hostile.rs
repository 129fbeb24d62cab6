//! A Kanto-CM that answers as it should not: HTTP/2 by hand over a unix socket, frame by frame.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

const PREFACE: usize = 24;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// What becomes of a call.
pub(crate) enum Answer {
    /// These bytes are written.
    Bytes(Vec<u8>),
    /// The connection is closed.
    Close,
}

/// Answers a call of this method on this stream.
pub(crate) type Handler = dyn Fn(&str, u32) -> Answer + Send + Sync;

/// A server that listens for as long as the process lives.
pub(crate) struct Hostile {
    directory: TempDir,
}

/// How all connections are served.
struct Manner {
    greeting: Vec<u8>,
    handler: Box<Handler>,
    /// From the first call of this method on nothing is read any more, from no connection.
    deaf_from: &'static str,
    /// Dropped when that call comes.
    until_deaf: Mutex<Option<Sender<()>>>,
}

impl Hostile {
    /// Listens. Whoever connects is first given these bytes, and may send as much as it likes.
    pub(crate) fn start(greeting: Vec<u8>, handler: Box<Handler>) -> Hostile {
        Hostile::serve(Manner {
            greeting,
            handler,
            deaf_from: "",
            until_deaf: Mutex::new(None),
        })
    }

    /// Answers well until a call of this method begins. From then on it reads nothing, not even the rest of that call. The
    /// receiver is disconnected then.
    pub(crate) fn deaf_from(method: &'static str) -> (Hostile, Receiver<()>) {
        let (until_deaf, deaf) = channel();
        let hostile = Hostile::serve(Manner {
            greeting: greeting(),
            handler: Box::new(|_, id| Answer::Bytes(answer(id, &[]))),
            deaf_from: method,
            until_deaf: Mutex::new(Some(until_deaf)),
        });
        (hostile, deaf)
    }

    fn serve(manner: Manner) -> Hostile {
        let directory = TempDir::new().expect("a temporary directory");
        let listener = UnixListener::bind(directory.path().join("cm.sock")).expect("a socket");
        let shared = Arc::new(manner);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // Whoever goes away ends it.
                thread::spawn(move || shared.serve(stream));
            }
        });
        Hostile { directory }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("cm.sock")
    }
}

/// Settings as they should be, with windows that are never full.
pub(crate) fn greeting() -> Vec<u8> {
    let window = [0, 4, 0x7F, 0xFF, 0xFF, 0xFF];
    let more = 0x7FFF_0000_u32.to_be_bytes();
    [
        frame(SETTINGS, 0, 0, &window),
        frame(WINDOW_UPDATE, 0, 0, &more),
    ]
    .concat()
}

impl Manner {
    fn serve(&self, mut stream: UnixStream) -> io::Result<()> {
        stream.read_exact(&mut [0; PREFACE])?;
        stream.write_all(&self.greeting)?;
        let mut methods = HashMap::new();
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head)?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let [kind, flags] = [head[3], head[4]];
            let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let mut payload = vec![0; length as usize];
            stream.read_exact(&mut payload)?;
            match kind {
                SETTINGS if flags & ACK == 0 => stream.write_all(&frame(SETTINGS, ACK, 0, &[]))?,
                PING if flags & ACK == 0 => stream.write_all(&frame(PING, ACK, 0, &payload))?,
                HEADERS => {
                    methods.insert(id, method(&payload));
                }
                _ => {}
            }
            let method = methods.get(&id).map_or("", String::as_str);
            while self.is_deaf_from(method) {
                thread::park();
            }
            if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
                match (self.handler)(method, id) {
                    Answer::Bytes(bytes) => stream.write_all(&bytes)?,
                    Answer::Close => return Ok(()),
                }
            }
        }
    }

    /// Is nothing read any more, now that a frame of a call of this method has come?
    fn is_deaf_from(&self, method: &str) -> bool {
        let mut until_deaf = self.until_deaf.lock().expect("a sender");
        if method == self.deaf_from {
            *until_deaf = None;
        }
        !self.deaf_from.is_empty() && until_deaf.is_none()
    }
}

/// The method, where its name is there in letters: the first time. Later it is a number, which is a List's in nearly all cases.
fn method(headers: &[u8]) -> String {
    let text = String::from_utf8_lossy(headers);
    let rest = text
        .split_once(".Containers/")
        .map_or("List", |(_, rest)| rest);
    let end = rest.find(|c: char| !c.is_ascii_alphabetic());
    rest[..end.unwrap_or(rest.len())].to_owned()
}

/// A frame of HTTP/2.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload");
    let mut frame = length.to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A header with a name of its own.
fn header(name: &str, value: &str) -> Vec<u8> {
    let mut header = vec![0];
    for text in [name, value] {
        let length = u8::try_from(text.len()).ok().filter(|length| *length < 127);
        header.push(length.expect("a short text"));
        header.extend(text.as_bytes());
    }
    header
}

/// The beginning of an answer; `end`: there is nothing more to it.
pub(crate) fn headers(stream: u32, end: bool, more: &[(&str, &str)]) -> Vec<u8> {
    let mut block = vec![0x88]; // :status 200
    block.extend(header("content-type", "application/grpc"));
    for (name, value) in more {
        block.extend(header(name, value));
    }
    let flags = END_HEADERS | if end { END_STREAM } else { 0 };
    frame(HEADERS, flags, stream, &block)
}

/// A message, with this length in front of it.
pub(crate) fn data(stream: u32, flag: u8, length: u32, message: &[u8]) -> Vec<u8> {
    let payload = [&[flag][..], &length.to_be_bytes(), message].concat();
    frame(DATA, 0, stream, &payload)
}

/// The end of an answer, with this status.
pub(crate) fn trailers(stream: u32, status: &str) -> Vec<u8> {
    let block = header("grpc-status", status);
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &block)
}

/// An answer as it should be, with this message.
pub(crate) fn answer(stream: u32, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a short message");
    [
        headers(stream, false, &[]),
        data(stream, 0, length, message),
        trailers(stream, "0"),
    ]
    .concat()
}
