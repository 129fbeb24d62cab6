//! Checks JSON output against docs/result.schema.json.
//!
//! Limit: knows the keywords that this schema uses, and fails at any other.

use serde_json::{Map, Value};

const SCHEMA: &str = include_str!("../../docs/result.schema.json");

/// Panics if the document does not follow the schema.
#[track_caller]
pub(crate) fn expect_result(document: &Value) {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let checker = Checker { schema: &schema };
    if let Err(problem) = checker.check(&schema, document, "$") {
        panic!("docs/result.schema.json: {problem}\n{document}");
    }
}

struct Checker<'a> {
    schema: &'a Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let keywords = schema.as_object().expect("a schema is an object");
        for (keyword, argument) in keywords {
            let holds = match keyword.as_str() {
                "$schema" | "title" | "$defs" | "additionalProperties" => true,
                "$ref" => {
                    let pointer = argument.as_str().and_then(|path| path.strip_prefix('#'));
                    let target = pointer.and_then(|path| self.schema.pointer(path));
                    self.check(target.expect("a $ref leads somewhere"), value, at)?;
                    true
                }
                "anyOf" => {
                    let mut schemas = argument.as_array().expect("a list").iter();
                    schemas.any(|schema| self.check(schema, value, at).is_ok())
                }
                "enum" => argument.as_array().expect("a list").contains(value),
                "type" => has_type(argument, value),
                "minimum" => value.as_f64() >= argument.as_f64(),
                "maximum" => value.as_f64() <= argument.as_f64(),
                "required" => {
                    let mut keys = argument.as_array().expect("a list").iter();
                    keys.all(|key| value.get(key.as_str().expect("a key")).is_some())
                }
                "properties" => {
                    self.check_members(keywords, argument, value, at)?;
                    true
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(argument, item, &format!("{at}[{index}]"))?;
                    }
                    true
                }
                other => panic!("this checker does not know {other}"),
            };
            if !holds {
                return Err(format!("{at}: {value} is against {keyword} {argument}"));
            }
        }
        Ok(())
    }

    fn check_members(
        &self,
        keywords: &Map<String, Value>,
        properties: &Value,
        value: &Value,
        at: &str,
    ) -> Result<(), String> {
        let is_closed = keywords.get("additionalProperties") == Some(&Value::Bool(false));
        for (key, member) in value.as_object().into_iter().flatten() {
            match properties.get(key) {
                Some(schema) => self.check(schema, member, &format!("{at}.{key}"))?,
                None if is_closed => return Err(format!("{at}: the schema has no key {key}")),
                None => {}
            }
        }
        Ok(())
    }
}

fn has_type(argument: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().expect("a type's name") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("this checker does not know the type {other}"),
    };
    match argument {
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

#[test]
fn other_documents_are_refused() {
    use serde_json::json;

    let entry = |status: &str, actions: Value| {
        json!({
            "file": null, "name": "a", "id": null, "status": status, "actions": actions, "reason": null,
            "seconds": 0.5, "differences": [], "errors": [], "warnings": [],
        })
    };
    let document = |entry: Value| json!({ "exit_code": 0, "dry_run": false, "error": null, "manifests": [entry] });
    let healed = json!([{ "action": "healed", "id": "a-2" }, "started"]);
    expect_result(&document(entry("deployed", healed)));
    let mut without_reason = entry("failed", json!([]));
    without_reason.as_object_mut().unwrap().remove("reason");
    let mut with_more = entry("failed", json!([]));
    with_more["more"] = json!(1);
    let mut with_text = entry("failed", json!([]));
    with_text["seconds"] = json!("0.5");
    for invalid in [
        entry("as-wanted", json!([])),
        entry("deployed", json!(["rolled back"])),
        entry("deployed", json!([{ "action": "healed" }])),
        without_reason,
        with_more,
        with_text,
    ] {
        let document = document(invalid);
        let refused = std::panic::catch_unwind(|| expect_result(&document));
        assert!(refused.is_err(), "{document}");
    }
}
