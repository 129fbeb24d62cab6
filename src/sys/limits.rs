//! Checks the resource limits of this process (ulimit, systemd's Limit…= and `TasksMax=`) in advance: without a thread,
//! descriptor or memory gRPC's core hangs, or aborts without a message.
//!
//! Limits: other processes of the user or control group may take more later. The check asks for the memory of a usual
//! deployment only.

use std::fs::{self, File};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;

use nix::sys::resource::{getrlimit, Resource};
use nix::unistd::{sysconf, SysconfVar};

use super::{errno, Errno};

const MIB: usize = 1024 * 1024;
/// For the first thread. A deployment takes a third of it.
const STACK: u64 = 256 * 1024;
/// The program's own descriptors: signals, the state file, directories, /proc.
const OWN_FILES: usize = 12;
/// For the state file of some hundred containers, and for a result that is written to a file.
const FILE_SIZE: u64 = 64 * 1024;
const OWN_MEMORY: usize = 4 * MIB;
/// gRPC's core: two of epoll and two to wake them, the connection, and a spare one.
const CORE_FILES: usize = 6;
/// gRPC's core: two executors, two timers, the one of grpcio; and two spare ones, as executors grow.
const CORE_THREADS: usize = 5 + 2;
const CORE_MEMORY: usize = 16 * MIB;
/// Rust's default.
const THREAD_STACK: usize = 2 * MIB;
/// With so many, inherited ones cannot leave too few.
const MANY_FILES: u64 = 1024;
/// With so many, a user's other processes hardly leave too few.
const MANY_PROCESSES: u64 = 4096;

/// Checks whether the limits suffice for this program without gRPC. An error names the limit.
pub fn check_own() -> Result<(), String> {
    let stack = soft(Resource::RLIMIT_STACK);
    if stack < STACK {
        return Err(format!(
            "a stack of {stack} bytes is too small, {STACK} are needed: see ulimit -s and LimitSTACK="
        ));
    }
    let file_size = soft(Resource::RLIMIT_FSIZE);
    if file_size < FILE_SIZE {
        return Err(format!(
            "files of {file_size} bytes are too small, {FILE_SIZE} are needed: see ulimit -f and LimitFSIZE="
        ));
    }
    open(OWN_FILES)?;
    reserve(OWN_MEMORY)
}

/// Checks whether the limits suffice for gRPC's core and this number of jobs: takes it all, and gives it back.
pub fn check_core(jobs: usize) -> Result<(), String> {
    open(OWN_FILES + CORE_FILES + jobs)?;
    // The core has a pool of as many threads.
    let cores = sysconf(SysconfVar::_NPROCESSORS_CONF).ok().flatten();
    let cores = cores.map_or(1, |cores| usize::try_from(cores).unwrap_or(1));
    let threads = CORE_THREADS + cores.clamp(2, 16) + jobs;
    // What Kanto-CM lists takes about as much as the manifests, which are in memory by now.
    reserve(CORE_MEMORY + used_memory() + threads * THREAD_STACK)?;
    // They take a millisecond.
    if soft(Resource::RLIMIT_NPROC) < MANY_PROCESSES || tasks_left() < 2 * threads {
        start(threads)?;
    }
    Ok(())
}

/// Returns the bytes of memory that this process uses.
fn used_memory() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
    let page = page.and_then(|bytes| usize::try_from(bytes).ok());
    pages.unwrap_or(0) * page.unwrap_or(4096)
}

fn soft(resource: Resource) -> u64 {
    getrlimit(resource).map_or(u64::MAX, |(soft, _)| soft)
}

fn open(count: usize) -> Result<(), String> {
    if soft(Resource::RLIMIT_NOFILE) >= MANY_FILES {
        return Ok(());
    }
    let mut files = Vec::new();
    for _ in 0..count {
        match File::open("/") {
            Ok(file) => files.push(file),
            Err(error) => return Err(format!("cannot open {count} files: {}", named(&error))),
        }
    }
    Ok(())
}

/// Returns how many more threads the control group may have.
fn tasks_left() -> usize {
    let number = |path: String| fs::read_to_string(path).ok()?.trim().parse().ok();
    let left = |line: &str| -> Option<usize> {
        let (_, rest) = line.split_once(':')?;
        let directory = match rest.split_once(':')? {
            ("", path) => format!("/sys/fs/cgroup{path}"),
            ("pids", path) => format!("/sys/fs/cgroup/pids{path}"),
            _ => return None,
        };
        let max: usize = number(format!("{directory}/pids.max"))?;
        Some(max.saturating_sub(number(format!("{directory}/pids.current"))?))
    };
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    groups.lines().filter_map(left).min().unwrap_or(usize::MAX)
}

/// Starts this number of threads, which wait for each other.
fn start(count: usize) -> Result<(), String> {
    let gate = Mutex::new(());
    let wait: &(dyn Fn() + Sync) = &|| drop(gate.lock());
    thread::scope(|scope| {
        let _closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
        let mut started = (0..count).map(|_| spawn(scope, wait));
        started.find_map(Result::err)
    })
    .map_or(Ok(()), |error| {
        Err(format!("cannot start {count} threads: {}", named(&error)))
    })
}

/// Starts a thread for this work.
pub fn spawn<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    work: &'scope (dyn Fn() + Sync),
) -> io::Result<()> {
    thread::Builder::new().spawn_scoped(scope, work).map(drop)
}

fn reserve(bytes: usize) -> Result<(), String> {
    let mut memory: Vec<u8> = Vec::new();
    // Without this the compiler leaves out the unused memory.
    match std::hint::black_box(&mut memory).try_reserve_exact(bytes) {
        Ok(()) => Ok(()),
        Err(_) => Err(format!(
            "cannot get {} MiB of memory: {}",
            bytes / MIB,
            named(&Errno::ENOMEM.into())
        )),
    }
}

/// Returns the error with the limit that it may come from.
pub fn named(error: &io::Error) -> String {
    let limit = match errno(error) {
        Some(Errno::EMFILE) => "see ulimit -n and LimitNOFILE=",
        Some(Errno::EAGAIN) => "see ulimit -u, LimitNPROC= and TasksMax=",
        Some(Errno::ENOMEM) => "see ulimit -v, ulimit -d, LimitAS= and LimitDATA=",
        Some(Errno::EFBIG) => "see ulimit -f and LimitFSIZE=",
        _ => return error.to_string(),
    };
    format!("{error}, {limit}")
}
