//! The program: options, signals, the daemon's start, its end.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use nix::sys::signal::{SigSet, Signal};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level;
use tempfile::TempDir;

use crate::control;
use crate::daemon::Daemon;
use crate::journal::Journal;
use crate::options::{self, Options, Task, HELP};
use crate::protocol::Line;
use crate::server;
use crate::table;

/// Runs the program with its arguments, the first of which is its own name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let result = match options::parse(arguments.into_iter().skip(1).collect()) {
        Ok(Task::Help) => {
            let _ = io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Ok(Task::List(socket)) => table::print(&socket),
        Ok(Task::Serve(options)) => serve(options),
        Err(error) => {
            let _ = writeln!(io::stderr(), "simulated-kanto-cm: {error} (see --help)");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "simulated-kanto-cm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(mut options: Options) -> Result<(), String> {
    // A mask inherited from whoever started this must not look like the sign that the start is over.
    SigSet::all()
        .thread_unblock()
        .map_err(|error| error.to_string())?;
    if env::var_os("GRPC_VERBOSITY").is_none() {
        env::set_var("GRPC_VERBOSITY", "NONE");
    }
    if options.control {
        options.setup = control::read_setup()?;
    }
    let home = Arc::new(Home::new(options.home.take())?);
    let result = serve_from(&home, options);
    home.leave();
    // Without the destructors of gRPC, which wait for its threads.
    result.map(|()| low_level::exit(0))
}

/// Comes back when the test is gone, or with an error.
fn serve_from(home: &Arc<Home>, options: Options) -> Result<(), String> {
    let ready_sign = options.setup.ready_sign;
    let journal = Journal::new(options.control, options.verbose);
    let daemon = Daemon::new(&home.path, options.setup, journal)?;
    listen_to_signals(&daemon, &options.socket, home)?;
    start(&daemon, &options.socket, ready_sign, options.verbose)?;
    if options.control {
        control::obey(&daemon);
        return Ok(());
    }
    loop {
        thread::park();
    }
}

/// The home directory: a given one, or one for this life of the program.
struct Home {
    path: PathBuf,
    temporary: bool,
}

impl Home {
    fn new(given: Option<PathBuf>) -> Result<Self, String> {
        if let Some(path) = given {
            return Ok(Self {
                path,
                temporary: false,
            });
        }
        let directory = tempfile::Builder::new()
            .prefix("simulated-kanto-cm-")
            .tempdir();
        let path = directory
            .map(TempDir::into_path)
            .map_err(|error| format!("cannot make a home directory: {error}"))?;
        Ok(Self {
            path,
            temporary: true,
        })
    }

    fn leave(&self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Opens the socket and starts the daemon behind it; when that takes no time, the daemon first.
fn start(
    daemon: &Arc<Daemon>,
    socket: &Path,
    ready_sign: bool,
    verbose: bool,
) -> Result<(), String> {
    let slowly = daemon.starts_slowly();
    if !slowly {
        daemon.start_up(|| show_ready(ready_sign));
    }
    let server = server::open(socket, daemon)?;
    // Dropping it would wait for calls that hang.
    std::mem::forget(server);
    daemon.journal.report(&Line::Listening);
    if verbose {
        let _ = writeln!(io::stderr(), "listening on {}", socket.display());
    }
    if slowly {
        let daemon = daemon.clone();
        thread::spawn(move || daemon.start_up(|| show_ready(ready_sign)));
    }
    Ok(())
}

/// From now on the process has a thread that blocks SIGUSR1 and not SIGTERM, as Go's runtime has one once a program
/// handles signals.
fn show_ready(ready_sign: bool) {
    if !ready_sign {
        return;
    }
    let (shown, is_shown) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGUSR1);
        signals.thread_block().expect("SIGUSR1 can be blocked");
        let _ = shown.send(());
        loop {
            thread::park();
        }
    });
    let _ = is_shown.recv();
}

/// SIGTERM and SIGINT end the daemon cleanly, but kill it while it is still starting.
fn listen_to_signals(daemon: &Arc<Daemon>, socket: &Path, home: &Arc<Home>) -> Result<(), String> {
    for signal in [SIGTERM, SIGINT] {
        let (mut reader, writer) = UnixStream::pair().map_err(|error| error.to_string())?;
        low_level::pipe::register(signal, writer).map_err(|error| error.to_string())?;
        let (daemon, socket, home) = (daemon.clone(), socket.to_owned(), home.clone());
        thread::spawn(move || {
            let _ = reader.read_exact(&mut [0]);
            if daemon.handles_signals() {
                server::cut_connections(&socket);
                server::remove_socket(&socket);
                daemon.stop_all();
                home.leave();
                low_level::exit(0);
            }
            let _ = low_level::emulate_default_handler(signal);
        });
    }
    Ok(())
}
