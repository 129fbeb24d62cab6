use super::*;

fn entry(name: &str, status: Status) -> Entry {
    Entry {
        file: Some(format!("{name}.json")),
        label: name.to_owned(),
        name: Some(name.to_owned()),
        status,
        ..Entry::default()
    }
}

fn report(manifests: Vec<Entry>) -> Report {
    Report {
        exit_code: 1,
        dry_run: false,
        error: None,
        manifests,
    }
}

#[test]
fn text_is_aligned_and_ends_with_a_summary() {
    let deployed = Entry {
        actions: vec!["created".into(), "started".into()],
        seconds: 1.236,
        ..entry("databroker", Status::Deployed)
    };
    let failed = Entry {
        reason: Some("no such image".into()),
        ..entry("sua", Status::Failed)
    };
    let invalid = Entry {
        name: None,
        label: "bad.json".to_owned(),
        errors: vec!["x".into(), "y".into()],
        other_errors: 1,
        keeps_container: true,
        ..entry("bad", Status::Invalid)
    };
    let differs = Entry {
        differences: vec![Difference {
            key: "config.env",
            desired: "[\"A=2\"]".into(),
            observed: "[\"A=1\"]".into(),
        }],
        is_left: true,
        ..entry("same", Status::UpToDate)
    };
    assert_eq!(
        report(vec![deployed, failed, invalid, differs]).render(Output::Text),
        "\
databroker  created, started  1.24 s
sua         failed: no such image
bad.json    invalid: x (and 1 more); its container stays as it is
same        runs, and is left as it is
              differs: config.env is [\"A=1\"], the manifest says [\"A=2\"]
4 manifests: 1 deployed, 1 failed, 1 invalid, 1 left as it is
"
    );
}

#[test]
fn an_empty_directory_is_said_so() {
    assert_eq!(report(vec![]).render(Output::Text), "no manifests\n");
}

#[test]
fn json_has_every_field_of_the_schema() {
    let json = report(vec![entry("a", Status::UpToDate)]).render(Output::Json);
    assert_eq!(
        json,
        "{\"exit_code\":1,\"dry_run\":false,\"error\":null,\"manifests\":[{\"file\":\"a.json\",\"name\":\"a\",\"id\":null,\
         \"status\":\"up-to-date\",\"actions\":[],\"reason\":null,\"seconds\":0.0,\"differences\":[],\"errors\":[],\
         \"warnings\":[]}]}\n"
    );
}

#[test]
fn nothing_in_json_acts_on_a_terminal() {
    let harmful = "a\u{7f}\u{85}\u{9b}31m\u{200e}\u{2028}\u{2029}\u{202e}\u{2066}\u{feff}\u{1b}\né";
    let entry = Entry {
        reason: Some(harmful.to_owned()),
        ..entry(harmful, Status::Failed)
    };
    let json = report(vec![entry]).render(Output::Json);
    assert!(
        json.contains("a\\u007f\\u0085\\u009b31m\\u200e\\u2028"),
        "{json}"
    );
    assert!(json
        .trim_end()
        .chars()
        .all(|one| one == 'é' || one.is_ascii_graphic()));
    let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(read["manifests"][0]["reason"], harmful);
}
