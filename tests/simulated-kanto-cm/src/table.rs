//! The containers of a daemon as a table for people, asked for over its socket: a real daemon's as well.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use grpcio::{CallOption, ChannelBuilder, Client, EnvBuilder};

use crate::proto::containers::ListContainersRequest;
use crate::proto::types::Container;
use crate::server::methods;

/// How long the daemon may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Prints the containers of the daemon at this socket.
pub(crate) fn print(socket: &Path) -> Result<(), String> {
    let environment = Arc::new(EnvBuilder::new().cq_count(1).build());
    let channel = ChannelBuilder::new(environment)
        .max_receive_message_len(-1)
        .enable_retry(false)
        .connect(&format!("unix:{}", socket.display()));
    let mut containers = Client::new(channel)
        .unary_call(
            &methods::list(),
            &ListContainersRequest::default(),
            CallOption::default().timeout(PATIENCE),
        )
        .map_err(|error| format!("{}: {error}", socket.display()))?
        .containers;
    containers.sort_by(|a, b| a.id.cmp(&b.id));
    io::stdout()
        .write_all(table(&containers).as_bytes())
        .map_err(|error| error.to_string())
}

fn table(containers: &[Container]) -> String {
    let head = ["ID", "NAME", "IMAGE", "STATUS", "RESTARTS"].map(str::to_owned);
    let mut rows = vec![head];
    for container in containers {
        let status = match (container.state.exit_code, container.state.error.as_str()) {
            (0, "") => container.state.status.clone(),
            (code, "") => format!("{} ({code})", container.state.status),
            (code, error) => format!("{} ({code}: {error})", container.state.status),
        };
        rows.push([
            container.id.clone(),
            container.name.clone(),
            container.image.name.clone(),
            status,
            container.restart_count.to_string(),
        ]);
    }
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let line = |row: &[String; 5]| {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn columns_line_up() {
        let containers: Vec<Container> = from_value(json!([
            {"id": "a", "name": "long-name", "image": {"name": "i"}, "state": {"status": "Running"}},
            {"id": "b", "name": "n", "image": {"name": "i"}, "state": {"status": "Exited", "exit_code": 3},
             "restart_count": 2},
        ]))
        .unwrap();
        assert_eq!(
            table(&containers),
            "ID  NAME       IMAGE  STATUS      RESTARTS\n\
             a   long-name  i      Running     0\n\
             b   n          i      Exited (3)  2\n"
        );
    }
}
