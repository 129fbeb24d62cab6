//! Feeds the fuzz targets with mutated seeds, always the same ones: what CI runs in place of a fuzzer. It ends with a panic where
//! a target finds a fault. With a directory as its argument it writes the seeds there, as a fuzzer's first corpora.

// The modules are the program's own, which uses more of them.
#![allow(dead_code, unused_imports, unreachable_pub, clippy::pedantic)]

#[path = "src/lib.rs"]
mod fuzz;
#[path = "../../src/random.rs"]
mod random;

use std::path::{Path, PathBuf};
use std::{env, fs};

use fuzz::*;
use random::Random;

/// Pieces that a mutation inserts, besides pieces of other seeds.
const PIECES: [&str; 12] = [
    "null",
    "{}",
    "[]",
    "\"\"",
    "-1",
    "1e9",
    "18446744073709551616",
    "\"\\ud800\"",
    "\u{202e}",
    "\u{0}",
    "\"id\":1,",
    "@sha256:",
];

const STATE_FILE: &[u8] = br#"{"version":1,"containers":[
{"name":"a","id":"a","directory":"/m","digest":"0","made":"1","before":"2","state":"trying","created":true,"boots":["b"]},
{"name":"b","id":"b-2","directory":"/m","digest":"0","made":"1","state":"rolled-back","created":false,"ran_in":"b","reason":"it exited"}
]}"#;

const MESSAGES: [&[u8]; 3] = [
    br#"{"deploy":{"number":7,"trigger":"change","files":["a.json"],"new":[],"reported":[{"file":"x.json","content":1,"digest":2}],"tidy":true,"lacks-layer":false,"prune":["a.json"]}}"#,
    br#""stop""#,
    br#"{"number":7,"report":"a  created","is_incomplete":false,"results":[{"file":"a.json","name":"a","content":5,"end":"rolled-back"}],"invalid":null}"#,
];

/// What a device may change: keys of both formats, of one that is not there, of lists and of variables.
const DROP_INS: [&str; 4] = [
    r#"{ "config": { "env": [ "A=1", "B", "LOG_LEVEL=debug" ], "cmd": null }, "host_config": { "resources": { "memory": "9M" } } }"#,
    r#"{ "container_name": "renamed", "mount_points": [], "host_config": { "restart_policy": { "type": "no", "retry_timeout": 3 } } }"#,
    r#"{ "name": "renamed", "hooks": [ { "path": "/h", "type": 1 } ], "host_config": { "privileged": null } }"#,
    r#"{ "image": { "name": "r.io/i:2" }, "host_config": { "port_mappings": [ { "proto": "udp", "host_port": 7, "container_port": 8 } ] } }"#,
];

/// All manifests of the cases.
fn manifests() -> Vec<Vec<u8>> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let folders = fs::read_dir(cases).expect("the cases").flatten();
    let entries = folders.filter_map(|folder| fs::read_dir(folder.path()).ok());
    let paths = entries.flatten().flatten().map(|entry| entry.path());
    let is_manifest = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
    let mut files: Vec<PathBuf> = paths.filter(is_manifest).collect();
    files.sort_unstable();
    let contents = files.iter().flat_map(fs::read);
    contents.filter(|bytes| !bytes.is_empty()).collect()
}

/// Each manifest with a drop-in, with two, and with the next manifest as a drop-in.
fn with_drop_ins(manifests: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    let next = manifests.iter().cycle().skip(1);
    for (index, (manifest, next)) in manifests.iter().zip(next).enumerate() {
        let drop_in = |index: usize| DROP_INS[index % DROP_INS.len()].as_bytes();
        let (first, second) = (drop_in(index), drop_in(index + 1));
        files.push([manifest, first].join(&0));
        files.push([manifest, first, second].join(&0));
        files.push([manifest.as_slice(), next].join(&0));
    }
    files
}

/// One List for each valid manifest, as if Kanto-CM held its container.
fn lists(manifests: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let parsed = manifests
        .iter()
        .map(|bytes| manifests_parser::parse_manifest("seed", bytes));
    let valid = parsed.filter_map(|parsed| parsed.container.ok());
    valid
        .map(|container| kanto_cm::write_list(&[container]))
        .collect()
}

/// Replaces, drops or repeats some bytes of a seed, or inserts others.
fn mutated(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = random.pick(seeds);
    for _ in 0..=random.below(4) {
        let start = random.below(bytes.len() + 1);
        let end = (start + random.below(20)).min(bytes.len());
        let other = random.pick(seeds);
        let at = random.below(other.len());
        let piece = match random.below(5) {
            0 => Vec::new(),
            1 => vec![u8::try_from(random.below(256)).unwrap_or(0)],
            2 => bytes[start..end].repeat(2),
            3 => other[at..(at + 40).min(other.len())].to_vec(),
            _ => random.pick(&PIECES).as_bytes().to_vec(),
        };
        bytes.splice(start..end, piece);
    }
    bytes
}

/// Feeds a target that returns whether it has understood the bytes. It must understand some mutated ones, too.
fn feed(target: impl Fn(&[u8]) -> bool, seeds: &[Vec<u8>], rounds: usize) {
    let mut random = Random::new(16);
    for seed in seeds {
        target(seed);
    }
    let understood = (0..rounds).filter(|_| target(&mutated(&mut random, seeds)));
    let understood = understood.count();
    assert!(understood > 100, "{understood} were understood");
}

/// Writes the seeds of a target, each into a file.
fn write(corpus: &Path, seeds: &[Vec<u8>]) {
    fs::create_dir_all(corpus).expect("a directory");
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(corpus.join(format!("seed-{number}")), seed).expect("a file");
    }
}

fn main() {
    let manifests = manifests();
    let lists = lists(&manifests);
    assert!(
        manifests.len() > 60 && lists.len() > 20,
        "the cases are gone"
    );
    assert_eq!(list(&lists[0]), 1, "the seed is no List");
    assert_eq!(state_file(STATE_FILE), 2, "the seed is no state file");
    assert!(
        MESSAGES.iter().all(|message| worker_protocol(message)),
        "a seed is no message"
    );
    let state_files = [STATE_FILE.to_vec()];
    let messages = MESSAGES.map(<[u8]>::to_vec);
    if let Some(directory) = env::args_os().nth(1).map(PathBuf::from) {
        write(&directory.join("manifest"), &manifests);
        write(&directory.join("list"), &lists);
        write(&directory.join("state_file"), &state_files);
        write(&directory.join("worker_protocol"), &messages);
        return;
    }
    feed(manifest, &manifests, 20_000);
    let files = with_drop_ins(&manifests);
    let valid = files.iter().filter(|files| merge(files)).count();
    assert!(valid > 60, "{valid} drop-ins fit to their manifests");
    feed(merge, &files, 20_000);
    feed(|bytes| list(bytes) > 0, &lists, 20_000);
    feed(|bytes| state_file(bytes) > 0, &state_files, 8_000);
    feed(worker_protocol, &messages, 20_000);
}
