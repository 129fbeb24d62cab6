//! The hooks of a container: programs of this machine, which really run. Known limits: they get no state on their standard
//! input, and those of the type `Poststop` do not run.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crate::proto::types::{Container, Hook};

/// The type of the hooks that run before the program does.
pub(super) const PRESTART: &str = "Prestart";
/// The type of the hooks that run once the program does.
pub(super) const POSTSTART: &str = "Poststart";

/// Runs the hooks of a type, one after another. The first one that fails is the error, in runc's words.
pub(super) fn run(container: &Container, kind: &str) -> Result<(), String> {
    let hooks = container.hooks.iter().filter(|hook| hook.type_ == kind);
    for (at, hook) in hooks.enumerate() {
        run_one(hook).map_err(|error| format!("error running hook #{at}: {error}"))?;
    }
    Ok(())
}

fn run_one(hook: &Hook) -> Result<(), String> {
    let mut command = Command::new(&hook.path);
    if let Some((name, arguments)) = hook.args.split_first() {
        command.arg0(name).args(arguments);
    }
    let variables = hook.env.iter().filter_map(|entry| entry.split_once('='));
    let output = command
        .env_clear()
        .envs(variables)
        .stdin(Stdio::null())
        .output()
        .map_err(|_| format!("fork/exec {}: no such file or directory", hook.path))?;
    if output.status.success() {
        return Ok(());
    }
    let code = output.status.code().unwrap_or(-1);
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    // The end of what runc says is trimmed.
    let stderr = stderr.trim_end();
    Err(format!(
        "error running hook: exit status {code}, stdout: {stdout}, stderr: {stderr}"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, Value};

    use super::*;

    fn with(hooks: &Value) -> Container {
        from_value(json!({ "hooks": hooks })).unwrap()
    }

    #[test]
    fn the_first_failure_of_the_type_is_reported() {
        let shell = |kind: &str, script: &str| json!({"type": kind, "path": "/bin/sh", "args": ["sh", "-c", script], "env": ["A=1"]});
        let container = with(&json!([
            shell(POSTSTART, "exit 1"),
            shell(PRESTART, "test $A = 1"),
            shell(PRESTART, "echo out; echo no >&2; exit 3"),
        ]));
        let error = run(&container, PRESTART).unwrap_err();
        assert!(
            error
                .ends_with("hook #1: error running hook: exit status 3, stdout: out\n, stderr: no"),
            "{error}"
        );
        assert!(run(&container, "Poststop").is_ok());
    }

    #[test]
    fn a_program_that_is_missing() {
        let container = with(&json!([{"type": PRESTART, "path": "/none"}]));
        let error = run(&container, PRESTART).unwrap_err();
        assert!(error.contains("fork/exec /none: no such file"), "{error}");
    }
}
