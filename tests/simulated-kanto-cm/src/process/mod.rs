//! [`Process`]: the simulator as a child of a test. Every method panics with what went wrong, and with the calls so far
//! where they help; none sleeps, and none waits for ever.

mod child;
mod find;
mod mirror;
mod waits;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tempfile::TempDir;

use child::{Child, End};
use mirror::Mirror;

use crate::history::Moment;
use crate::power_cut::{self, PowerCut};
use crate::protocol::{Call, Command, ContainerView, Fault, Line, State};
use crate::setup::{Image, Setup};

/// The longest path of a unix socket, its final zero not counted.
const LONGEST_SOCKET: usize = 107;

/// A simulated Kanto-CM: a process with a socket and a home directory of its own. It can end and start again any number of
/// times; dropped, it is killed and its directory deleted. All methods take `&self`: threads may share it.
pub struct Process {
    program: PathBuf,
    directory: TempDir,
    setup: Mutex<Setup>,
    child: Mutex<Option<Child>>,
    mirror: Arc<Mirror>,
}

impl Process {
    /// Starts a simulator. Its socket is open when this returns; its start may still be under way (see
    /// [`Setup::load_ms`], [`Process::wait_ready`]).
    pub fn start(setup: Setup) -> Self {
        let process = Self::prepare(setup);
        process.start_again();
        process
    }

    /// Like [`Process::start`], but nothing runs and there is no socket until [`Process::start_again`].
    pub fn prepare(setup: Setup) -> Self {
        Self::prepare_program(find::program(), setup)
    }

    /// Like [`Process::prepare`], with this executable.
    pub fn prepare_program(program: impl Into<PathBuf>, setup: Setup) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("kcm-")
            .tempdir()
            .expect("a temporary directory can be made");
        let process = Self {
            program: program.into(),
            directory,
            setup: Mutex::new(setup),
            child: Mutex::new(None),
            mirror: Arc::default(),
        };
        let socket = process.socket();
        let length = socket.as_os_str().len();
        assert!(
            length <= LONGEST_SOCKET,
            "{} is too long for a socket: choose another TMPDIR",
            socket.display()
        );
        process
    }

    /// The socket's path, also while there is none.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("cm.sock")
    }

    /// The directory that is this simulator's own. It holds the socket and the home, and may hold files of the test.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The home directory: `kanto-cm/containers/ID/config.json`, and what containerd keeps.
    pub fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// The process id of the simulator. It must run.
    pub fn pid(&self) -> u32 {
        self.with_child(|child| child.pid())
    }

    /// Whether the simulator runs. One that a fault has killed does not.
    pub fn is_running(&self) -> bool {
        self.child.lock().as_mut().is_some_and(Child::is_running)
    }

    /// Starts the simulator again, with the home, the socket and the setup that it had. It must not run.
    pub fn start_again(&self) {
        let mut child = self.child.lock();
        assert!(
            !child.as_mut().is_some_and(Child::is_running),
            "the simulator is still running"
        );
        let mut setup = self.setup.lock().clone();
        if self.home().exists() {
            // They are in the home already, or were removed from it.
            setup.containers.clear();
        }
        *child = Some(Child::start(
            &self.program,
            &self.socket(),
            &self.home(),
            setup,
            &self.mirror,
        ));
    }

    /// Starts the simulator again with a changed setup. Images keep their place in the store.
    pub fn start_again_with(&self, change: impl FnOnce(&mut Setup)) {
        change(&mut self.setup.lock());
        self.start_again();
    }

    /// Ends the daemon as systemd does: SIGTERM; returns when it has stopped its containers and ended. During its start
    /// the signal kills it.
    pub fn clean_stop(&self) {
        self.end(End::Terminate);
    }

    /// Kills the daemon with SIGKILL; its containers run on. One that has ended already is tidied up.
    pub fn kill(&self) {
        self.end(End::Kill);
    }

    /// Kills the daemon with SIGKILL, and every process of a container is gone.
    pub fn power_cut(&self) {
        self.power_cut_with(&PowerCut::default());
    }

    /// Like [`Process::power_cut`], and more is lost.
    pub fn power_cut_with(&self, cut: &PowerCut) {
        self.end(End::Kill);
        let text = serde_json::to_vec(cut).expect("a power cut has only string keys");
        fs::write(self.home().join(power_cut::FILE), text).expect("the home can be written");
    }

    /// Waits until the simulator has ended by itself, for example by a fault that kills it.
    pub fn wait_for_end(&self) {
        self.end(End::ByItself);
    }

    fn end(&self, how: End) {
        let Some(mut child) = self.child.lock().take() else {
            return;
        };
        child.end(how, || self.journal());
    }

    /// The calls since the start or since [`Process::clear_calls`], in the order in which they began.
    pub fn calls(&self) -> Vec<Call> {
        // Its answer comes after all earlier reports.
        self.state_if_running();
        self.mirror.calls()
    }

    /// The calls that change something: all but Get and List.
    pub fn changing_calls(&self) -> Vec<Call> {
        self.calls()
            .into_iter()
            .filter(|call| call.method.changes())
            .collect()
    }

    /// Forgets the calls that have ended.
    pub fn clear_calls(&self) {
        self.calls();
        self.mirror.clear_calls();
    }

    /// The calls as text, one a line, for messages.
    pub fn journal(&self) -> String {
        let lines: Vec<String> = self.mirror.calls().iter().map(Call::to_string).collect();
        lines.join("\n")
    }

    /// What was stored and what ran, from the simulator's first start on: a moment for every Create and Remove, every
    /// change of a configuration, every start and end of a process. It lasts over restarts; a simulator that starts adds
    /// a moment if what it finds differs.
    pub fn history(&self) -> Vec<Moment> {
        self.state_if_running();
        self.mirror.lock().history.moments()
    }

    /// Forgets all moments but the last one.
    pub fn clear_history(&self) {
        self.mirror.lock().history.clear();
    }

    /// The state at this moment. The simulator must run.
    pub fn state(&self) -> State {
        match self.ask(&Command::State) {
            Line::State { state } => state,
            other => panic!("{other:?} is no state"),
        }
    }

    /// The state, unless the simulator has ended or is ending.
    pub fn state_if_running(&self) -> Option<State> {
        let mut child = self.child.lock();
        let child = child.as_mut()?;
        match child.ask(&Command::State) {
            Ok(Line::State { state }) => Some(state),
            _ => None,
        }
    }

    /// The containers at this moment, by id.
    pub fn containers(&self) -> Vec<ContainerView> {
        self.state().containers
    }

    /// The container with this id, else the one with this name.
    pub fn container(&self, id_or_name: &str) -> Option<ContainerView> {
        self.state().container(id_or_name).cloned()
    }

    /// Changes the setup of the running simulator. A time that is running already (of loading, a step of restoring, a pull,
    /// a Start) becomes as long as it says now: so a test begins with a very long one and ends it when it has seen enough.
    pub fn change(&self, change: impl FnOnce(&mut Setup)) {
        let setup = {
            let mut setup = self.setup.lock();
            change(&mut setup);
            setup.clone()
        };
        self.command(&Command::Change { setup });
    }

    /// Adds an image or replaces it; one that is `in_store` comes into the store, nothing leaves it. Kept over a restart.
    pub fn set_image(&self, image: Image) {
        self.setup.lock().put_image(image.clone());
        self.command(&Command::SetImage { image });
    }

    /// Takes an image out of the store: it must be pulled again.
    pub fn forget_image(&self, name: &str) {
        self.command(&Command::ForgetImage {
            name: name.to_owned(),
        });
    }

    /// Ends a running container's process. Its status has changed when this returns.
    pub fn exit_container(&self, id: &str, code: i64) {
        self.command(&Command::Exit {
            id: id.to_owned(),
            code,
        });
    }

    /// Lets something go wrong. Forgotten at a restart.
    pub fn fault(&self, fault: Fault) {
        self.command(&Command::Fault { fault });
    }

    /// Lets nothing go wrong any more.
    pub fn clear_faults(&self) {
        self.command(&Command::ClearFaults);
    }

    /// Names the process that the next `KillCaller…` fault kills: a child of the test. The fault waits for this, so that
    /// the child may be started, and make its calls, before. Forgotten when it has struck, and at a restart.
    pub fn set_caller(&self, pid: u32) {
        self.command(&Command::SetCaller { pid });
    }

    fn command(&self, command: &Command) {
        match self.ask(command) {
            Line::Done { error: None } => {}
            Line::Done { error: Some(error) } => panic!("{command:?}: {error}"),
            other => panic!("{other:?} is no answer to {command:?}"),
        }
    }

    fn ask(&self, command: &Command) -> Line {
        self.with_child(|child| child.ask(command))
            .unwrap_or_else(|error| panic!("{error}\n{}", self.journal()))
    }

    fn with_child<T>(&self, act: impl FnOnce(&mut Child) -> T) -> T {
        let mut child = self.child.lock();
        act(child.as_mut().expect("the simulator runs"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.lock().take() {
            child.kill_quietly();
        }
    }
}

impl std::fmt::Debug for Process {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Process")
            .field("socket", &self.socket())
            .finish_non_exhaustive()
    }
}
