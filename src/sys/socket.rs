//! The process that listens on a Unix socket.

use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::socket::{connect, getsockopt, socket, AddressFamily, SockFlag, SockType, UnixAddr};

/// The listener's process id (0: it lives in another pid namespace) and user id. An error: the socket takes no connection
/// now. Never blocks: a full backlog is an error too.
pub(crate) fn listener(path: &Path) -> io::Result<(i32, u32)> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    let credentials = getsockopt(&socket, PeerCredentials)?;
    Ok((credentials.pid(), credentials.uid()))
}
