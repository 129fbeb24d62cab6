//! The command line of the program.

use std::ffi::OsString;
use std::path::PathBuf;

use pico_args::Arguments;

use crate::setup::Setup;

pub(crate) const HELP: &str = "\
A simulated Kanto container-management: the same API on a unix socket, no containers

Usage: simulated-kanto-cm [OPTIONS] SOCKET
       simulated-kanto-cm --list SOCKET

  SOCKET             the unix socket to open (or, with --list, to ask)
      --home DIR     keep the containers in this directory; default: a temporary one
      --load-ms N    List is empty for so long after the socket has opened; default: 0
      --restore-ms N time for each step of restoring; default: 0
      --start-ms N   time that a Start takes; default: 0
      --offline      no image can be pulled
      --no-ready-sign  never show that the start is over
      --list         print the containers of the daemon at SOCKET, and end
  -v, --verbose      a line on standard error for every call
      --control      obey JSON lines on standard input, for tests; end when it is closed
  -h, --help         print this

The first words of a container's cmd choose what it does: /simulated/run [STOP_MS [CODE]] (like every other command: it
runs until it is stopped), /simulated/stubborn, /simulated/exit CODE [AFTER_MS], /simulated/missing.
SIGTERM and SIGINT end the program as they end the daemon: its containers are stopped, and start again next time.
";

/// What the program shall do.
#[derive(Debug)]
pub(crate) enum Task {
    Help,
    List(PathBuf),
    Serve(Options),
}

/// How it shall serve.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) socket: PathBuf,
    pub(crate) home: Option<PathBuf>,
    pub(crate) verbose: bool,
    pub(crate) control: bool,
    pub(crate) setup: Setup,
}

/// Reads the arguments, the program's name not among them.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Task, String> {
    read(Arguments::from_vec(arguments)).map_err(|error| error.to_string())
}

fn read(mut arguments: Arguments) -> Result<Task, Box<dyn std::error::Error>> {
    if arguments.contains(["-h", "--help"]) {
        return Ok(Task::Help);
    }
    let list = arguments.contains("--list");
    let setup = Setup {
        load_ms: arguments.opt_value_from_str("--load-ms")?.unwrap_or(0),
        restore_ms: arguments.opt_value_from_str("--restore-ms")?.unwrap_or(0),
        start_ms: arguments.opt_value_from_str("--start-ms")?.unwrap_or(0),
        offline: arguments.contains("--offline"),
        ready_sign: !arguments.contains("--no-ready-sign"),
        ..Setup::default()
    };
    let home = arguments.opt_value_from_str("--home")?;
    let verbose = arguments.contains(["-v", "--verbose"]);
    let control = arguments.contains("--control");
    let socket = arguments.free_from_os_str(|value| Ok::<_, String>(PathBuf::from(value)))?;
    if let Some(more) = arguments.finish().first() {
        return Err(format!("unexpected argument {more:?}").into());
    }
    if list {
        return Ok(Task::List(socket));
    }
    Ok(Task::Serve(Options {
        socket,
        home,
        verbose,
        control,
        setup,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Task, String> {
        parse(words.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn serving() {
        let Ok(Task::Serve(options)) = parsed("--home=/h --restore-ms 7 -v /s --no-ready-sign")
        else {
            panic!("these are valid");
        };
        assert_eq!(
            (options.socket.to_str(), options.home),
            (Some("/s"), Some("/h".into()))
        );
        assert!(options.verbose && !options.control && !options.setup.ready_sign);
        assert_eq!(options.setup.restore_ms, 7);
    }

    #[test]
    fn others_and_mistakes() {
        assert!(matches!(parsed("--list /s"), Ok(Task::List(_))));
        assert!(matches!(parsed("-h"), Ok(Task::Help)));
        assert!(parsed("").is_err());
        assert!(parsed("/s /t").unwrap_err().contains("/t"));
        assert!(parsed("--restore-ms many /s").is_err());
        assert!(parsed("--none /s").is_err());
    }
}
