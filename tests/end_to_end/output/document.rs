//! The JSON document, as docs/json.md describes it.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::{json, Value};
use simulated_kanto_cm::{Fault, Method, What};

use crate::common::{
    command, deploy, deploy_command, image, kanto_cm, manifest, Manifests, Running,
};

#[test]
fn the_document_has_the_result_of_every_manifest() {
    let container = json!({ "id": "d", "name": "d", "image": { "name": "other:1" } });
    let cm = kanto_cm()
        .failing_pull("b", "no such image")
        .running(&container)
        .start();
    let manifests = Manifests::new()
        .with("a")
        .with("b")
        .with_text("c.json", "{}")
        .with("d");
    let run = deploy(&cm, &manifests, &["--output", "json", "--keep-existing"]);
    run.expect_code(1);
    let document = run.json();
    assert_eq!(
        (
            &document["exit_code"],
            &document["dry_run"],
            &document["error"]
        ),
        (&json!(1), &json!(false), &Value::Null)
    );
    let entries = document["manifests"].as_array().unwrap();
    let statuses: Vec<&Value> = entries.iter().map(|entry| &entry["status"]).collect();
    assert_eq!(statuses, ["deployed", "failed", "invalid", "up-to-date"]);
    assert_eq!(entries[0]["file"], json!(manifests.path().join("a.json")));
    assert_eq!(
        (&entries[0]["name"], &entries[0]["id"]),
        (&json!("a"), &json!("a"))
    );
    assert_eq!(entries[0]["actions"], json!(["created", "started"]));
    assert!(entries[0]["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(entries[1]["reason"], json!("no such image"));
    assert_eq!(entries[2]["name"], Value::Null);
    assert!(entries[2]["errors"][0].as_str().unwrap().contains("image"));
    let difference = json!({ "key": "image.name", "desired": format!("{:?}", image("d")), "observed": "\"other:1\"" });
    assert_eq!(entries[3]["differences"], json!([difference]));
}

#[test]
fn every_key_is_on_its_page_and_every_key_there_is_printed() {
    let cm = kanto_cm().start();
    let document = deploy(&cm, &Manifests::new().with("a"), &["-o", "json"]).json();
    let page = include_str!("../../../docs/json.md");
    let section = page
        .split("## Keys")
        .nth(1)
        .unwrap()
        .split("\n## ")
        .next()
        .unwrap();
    let rows: Vec<&str> = section
        .lines()
        .filter_map(|row| row.strip_prefix("| ")?.split(" |").next())
        .skip(1)
        .collect();
    let mut described: Vec<String> = rows
        .iter()
        .flat_map(|row| row.split(", "))
        .map(|key| key.trim_end_matches("[]").to_owned())
        .collect();
    let top = document.as_object().unwrap().keys().cloned();
    let entry = document["manifests"][0]
        .as_object()
        .unwrap()
        .keys()
        .map(|key| format!(".{key}"));
    let mut printed: Vec<String> = top.chain(entry).collect();
    described.sort_unstable();
    printed.sort_unstable();
    assert_eq!(
        described
            .into_iter()
            .filter(|key| !key.starts_with('-'))
            .collect::<Vec<_>>(),
        printed
    );
}

#[test]
fn a_run_that_ends_early_says_why() {
    let cm = kanto_cm().start();
    cm.fault(Fault::at(Method::Start, What::KillBefore).of("b"));
    let run = deploy(
        &cm,
        &Manifests::new().with("a").with("b"),
        &["-o", "json", "-j", "1", "--connect-timeout", "0"],
    );
    run.expect_code(3);
    let document = run.json();
    assert!(
        document["error"]
            .as_str()
            .unwrap()
            .starts_with("Kanto-CM cannot be reached: "),
        "{document}"
    );
    assert_eq!(document["manifests"][1]["status"], json!("unfinished"));
}

#[test]
fn text_from_outside_is_escaped() {
    let cm = kanto_cm().start();
    cm.fault(
        Fault::at(
            Method::Create,
            What::FailWith("bad \u{1b}[31m\nnews".to_owned()),
        )
        .always(),
    );
    let mut unknown_key = manifest("a");
    unknown_key["repl\u{1b}icas"] = json!(1);
    let manifests = Manifests::new()
        .with_json("a", &unknown_key)
        .with_text("b\u{1b}[31m\nb  deployed.json", "");
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(1);
    assert!(
        !run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'),
        "{}{}",
        run.stdout,
        run.stderr
    );
    assert_eq!(run.stdout.lines().count(), 3);
}

#[test]
fn the_journal_gets_severities_and_a_file_does_not() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a").with_text("b.json", "");
    let log = |journal_stream: &dyn Fn(&fs::Metadata) -> String| {
        let path = cm.directory().join("log");
        let file = fs::File::create(&path).unwrap();
        let mut command = deploy_command(&cm, &manifests, &["--settle", "0"]);
        command.env("JOURNAL_STREAM", journal_stream(&file.metadata().unwrap()));
        command.stderr(file);
        Running::spawn(command).wait().expect_code(1);
        fs::read_to_string(path).unwrap()
    };
    let journal = log(&|stream| format!("{}:{}", stream.dev(), stream.ino()));
    for line in ["<3>b.json", "<4>a.json", "<6>a: starting it"] {
        assert!(journal.contains(line), "{line} in {journal}");
    }
    let file = log(&|stream| format!("{}:{}", stream.dev(), stream.ino() + 1));
    assert!(
        file.contains("error: b.json") && !file.contains("<3>"),
        "{file}"
    );
}

#[test]
fn the_log_level_is_set_by_option_or_environment() {
    let directory = Manifests::new().with("a").with_text("b.json", "");
    let path = directory.path().to_str().unwrap();
    let log = |arguments: &[&str], rust_log: &str| {
        let mut command = command(&[arguments, &["--validate", path]].concat());
        command.env("RUST_LOG", rust_log);
        Running::spawn(command).wait().stderr
    };
    assert!(log(&[], "warn").contains("a.json: in the Container"));
    assert!(!log(&[], "error").contains("warning: "));
    assert!(!log(&["-q"], "trace").contains("warning: "));
    assert!(log(&["-v"], "off").contains("warning: "));
    assert!(log(&["-q"], "off").contains("b.json:1:1: "));
    let problem = "warning: RUST_LOG: expected off, error, warn, info, debug or trace, found \"info,x=off\": logging as with info";
    assert!(log(&[], "info,x=off").contains(problem));
    assert!(!log(&["-v"], "info,x=off").contains("RUST_LOG"));
    assert!(!log(&[], "").contains("RUST_LOG"));
}
