//! The connection, as gRPC makes it.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use grpcio::{Channel, ChannelBuilder, Environment};

/// Connects to a unix socket at the first call.
pub(super) fn open_channel(socket: &Path) -> Channel {
    let environment = Arc::new(Environment::new(1));
    ChannelBuilder::new(environment)
        // gRPC's default of 4 MiB is about 2000 containers.
        .max_receive_message_len(-1)
        .max_send_message_len(-1)
        // A retry by gRPC itself would send a changing call twice.
        .enable_retry(false)
        .enable_http_proxy(false)
        .use_local_subchannel_pool(true)
        .connect(&format!(
            "unix:{}",
            percent_encode(socket.as_os_str().as_bytes())
        ))
}

/// gRPC takes the address for a URI.
fn percent_encode(path: &[u8]) -> String {
    let mut encoded = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_part_of_a_uri() {
        assert_eq!(percent_encode(b"/run/a-b_c.sock~"), "/run/a-b_c.sock~");
        assert_eq!(percent_encode(b"/a b%?#\xff"), "/a%20b%25%3F%23%FF");
    }
}
