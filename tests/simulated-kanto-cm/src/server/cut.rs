//! Cuts the connections of the socket: grpcio itself only ends calls, and the end of a call shows its caller more than a
//! broken connection does.

use std::fs;
use std::os::fd::RawFd;
use std::path::Path;

use nix::sys::socket::{getpeername, getsockname, shutdown, Shutdown, UnixAddr};

/// Cuts every connection that was accepted on this socket.
pub(crate) fn cut_connections(socket: &Path) {
    for descriptor in descriptors() {
        let ours = getsockname::<UnixAddr>(descriptor).is_ok_and(|own| own.path() == Some(socket));
        if ours && getpeername::<UnixAddr>(descriptor).is_ok() {
            // It may have been closed meanwhile.
            let _ = shutdown(descriptor, Shutdown::Both);
        }
    }
}

fn descriptors() -> Vec<RawFd> {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}
