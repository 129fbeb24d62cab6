//! A hostile or broken Kanto-CM: whatever it sends, the program ends in time, with an exit code.

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::common::hostile::{answer, data, greeting, headers, trailers, Answer, Handler, Hostile};
use crate::common::{command, manifest, Manifests, Run, Running};

fn deploying(cm: &Hostile, manifests: &Manifests, arguments: &[&str]) -> Running {
    let (socket, path) = (cm.socket(), manifests.path());
    let mut all = vec!["--cm-grace=0", "--settle=0", "-s", socket.to_str().unwrap()];
    all.extend(arguments);
    all.push(path.to_str().unwrap());
    Running::spawn(command(&all))
}

/// Demands an exit code, whichever, and that it was there in time.
#[track_caller]
fn expect_an_end(run: &Run, what: &str) {
    let code = run.code;
    assert!(
        matches!(code, Some(0 | 1 | 3)),
        "{what}: {code:?}\n{}",
        run.stderr
    );
    assert!(run.took < Duration::from_secs(90), "{what}: {:?}", run.took);
}

/// What an answer that claims to be good can look like.
type Malformed = fn(u32) -> Vec<u8>;

const MALFORMED: [(&str, Malformed); 10] = [
    ("no message", |id| {
        [headers(id, false, &[]), trailers(id, "0")].concat()
    }),
    ("trailers only", |id| {
        headers(id, true, &[("grpc-status", "0")])
    }),
    ("a message cut short", |id| {
        [
            headers(id, false, &[]),
            data(id, 0, 100, b"abc"),
            trailers(id, "0"),
        ]
        .concat()
    }),
    ("an unknown flag", |id| {
        [
            headers(id, false, &[]),
            data(id, 7, 0, b""),
            trailers(id, "0"),
        ]
        .concat()
    }),
    ("compressed by nothing that is known", |id| {
        let encoding = [("grpc-encoding", "zstd")];
        [
            headers(id, false, &encoding),
            data(id, 1, 3, b"abc"),
            trailers(id, "0"),
        ]
        .concat()
    }),
    ("two messages", |id| {
        let message = data(id, 0, 0, b"");
        [
            headers(id, false, &[]),
            message.clone(),
            message,
            trailers(id, "0"),
        ]
        .concat()
    }),
    ("bytes that are no message", |id| answer(id, &[0xFF; 40])),
    ("groups in groups without end", |id| {
        answer(id, &[0x0B; 9000])
    }),
    ("an error after a message", |id| {
        [
            headers(id, false, &[]),
            data(id, 0, 0, b""),
            trailers(id, "13"),
        ]
        .concat()
    }),
    ("a status that is none", |id| {
        [
            headers(id, false, &[]),
            data(id, 0, 0, b""),
            trailers(id, "x"),
        ]
        .concat()
    }),
];

/// Answers calls of that method so, and others well.
fn malformed_at(method: &'static str, malformed: Malformed) -> Box<Handler> {
    Box::new(move |called, id| {
        let bytes = if called == method {
            malformed(id)
        } else {
            answer(id, &[])
        };
        Answer::Bytes(bytes)
    })
}

#[test]
fn a_malformed_answer_does_not_crash_the_program() {
    for method in ["List", "Create", "Get", "Start"] {
        for (what, malformed) in MALFORMED {
            let cm = Hostile::start(greeting(), malformed_at(method, malformed));
            let manifests = Manifests::new().with("a");
            let run = deploying(&cm, &manifests, &["--connect-timeout=1"]).wait();
            expect_an_end(&run, &format!("{method}: {what}"));
        }
    }
}

#[test]
fn a_call_that_is_answered_without_a_message_is_reported() {
    for malformed in [MALFORMED[0].1, MALFORMED[1].1] {
        let cm = Hostile::start(greeting(), malformed_at("Create", malformed));
        let manifests = Manifests::new().with("a");
        let run = deploying(&cm, &manifests, &["--connect-timeout=1"]).wait();
        run.expect_code(3)
            .expect_log(
                "the connection to Kanto-CM broke: a call was not answered with one message",
            )
            .expect_log("the connection to Kanto-CM broke 5 times in a row without progress");
    }
}

/// Three manifests that are more than a socket takes by itself.
fn large() -> Manifests {
    ["a", "b", "c"]
        .iter()
        .fold(Manifests::new(), |manifests, name| {
            let mut large = manifest(name);
            large["config"] = json!({ "env": [format!("X={}", "x".repeat(200_000))] });
            manifests.with_json(name, &large)
        })
}

#[test]
fn time_limits_hold_though_it_reads_no_more() {
    let (cm, _deaf) = Hostile::deaf_from("Create");
    let run = deploying(&cm, &large(), &["--create-timeout=3"]).wait();
    run.expect_code(3)
        .expect_log("error: Kanto-CM hangs, restart it");
    assert!(run.took < Duration::from_secs(90), "{:?}", run.took);
}

#[test]
fn it_is_found_out_a_minute_after_it_reads_no_more() {
    let (cm, _deaf) = Hostile::deaf_from("Create");
    let run = deploying(&cm, &large(), &[]).wait();
    run.expect_code(3)
        .expect_log("error: Kanto-CM hangs, restart it");
    assert!(run.took < Duration::from_secs(110), "{:?}", run.took);
}

#[test]
fn sigterm_ends_a_run_though_it_reads_no_more() {
    let (cm, deaf) = Hostile::deaf_from("Create");
    let manifests = large();
    let running = deploying(&cm, &manifests, &[]);
    deaf.recv().unwrap_err();
    running.signal(Signal::SIGTERM);
    running.wait().expect_code(143);
}

/// xorshift: the same numbers on every machine.
fn next(state: &AtomicU64) -> u64 {
    let mut x = state.load(Ordering::Relaxed);
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    state.store(x, Ordering::Relaxed);
    x
}

/// Changes some bytes: another value, one less, one more, a piece twice, the end cut off.
fn mutate(bytes: &mut Vec<u8>, state: &AtomicU64) {
    let below = |most: usize| usize::try_from(next(state) % most.max(1) as u64).unwrap();
    for _ in 0..=below(3) {
        let at = below(bytes.len());
        match below(6) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => bytes.insert(at, u8::try_from(below(256)).unwrap()),
            3 => {
                let piece = bytes[at..(at + below(40)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ if !bytes.is_empty() => bytes[at] = u8::try_from(below(256)).unwrap(),
            _ => {}
        }
    }
}

/// Answers well, but for some changes.
fn mutated(seed: u64) -> Hostile {
    let state = AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut first = greeting();
    if next(&state) % 4 == 0 {
        mutate(&mut first, &state);
    }
    let lock = Mutex::new(());
    let answers = move |_: &str, id| {
        let _turn = lock.lock().unwrap();
        let mut bytes = answer(id, &[]);
        match next(&state) % 8 {
            0 => return Answer::Close,
            1..=4 => mutate(&mut bytes, &state),
            _ => {}
        }
        Answer::Bytes(bytes)
    };
    Hostile::start(first, Box::new(answers))
}

/// Other ones by hand: `CONVERSATIONS=1000-9000`.
const CONVERSATIONS: &str = "0-160";
const AT_A_TIME: u8 = 8;

#[test]
fn mutated_conversations_come_to_an_end() {
    let seeds = env::var("CONVERSATIONS").unwrap_or(CONVERSATIONS.into());
    let (first, end) = seeds.split_once('-').expect("two numbers");
    let (first, end): (u64, u64) = (first.parse().unwrap(), end.parse().unwrap());
    thread::scope(|scope| {
        for lane in 0..u64::from(AT_A_TIME) {
            scope.spawn(move || {
                for seed in (first + lane..end).step_by(AT_A_TIME.into()) {
                    let cm = mutated(seed);
                    let manifests = Manifests::new().with("a");
                    let limits = ["--connect-timeout=1", "--create-timeout=1"];
                    let run = deploying(&cm, &manifests, &limits).wait();
                    expect_an_end(&run, &format!("seed {seed}"));
                }
            });
        }
    });
}
