//! What the log says of a call before it is made.

use log::{info, warn};

use crate::container::Observed;
use crate::reconcile::{Call, Row, Target, Workload};
use crate::text::printable;

/// Logs what happens to a container, for people who follow it.
pub(super) fn announce(w: &Workload, row: Row, call: &Call) {
    let name = printable(&w.name);
    match (row, call) {
        (Row::Stage, _) => {
            let differences = w.attempt.differences.iter();
            let keys: Vec<&str> = differences.map(|difference| difference.key).collect();
            info!("{name}: replacing it, as it differs in {}", keys.join(", "));
        }
        (Row::WithoutBackup, _) => {
            warn!("{name}: replacing it without a backup, as it does not run");
        }
        (Row::RollBack, _) => {
            let noted = w.entry.as_ref().map_or("", |entry| &entry.reason);
            let why = w.attempt.failure.as_deref().unwrap_or(noted);
            warn!("{name}: rolling back: {}", printable(why));
        }
        (Row::Recreate, _) => warn!("{name}: creating it again, as it does not start"),
        (Row::EarlierId, _) => info!(
            "{name}: removing its earlier container, which has the id {}",
            printable(call.id())
        ),
        (Row::Prune, Call::Remove { .. }) => {
            info!("{name}: removing it, as its manifest is gone");
        }
        (Row::Heal, Call::Create { spec, .. }) => {
            let id = w.observed.as_deref().map_or("", Observed::id);
            warn!(
                "{name}: an interrupted call has ruined the id {}, going on as {}",
                printable(id),
                printable(&spec.id)
            );
        }
        (
            _,
            Call::Create {
                spec,
                target: Target::Container,
            },
        ) => {
            info!("{name}: creating it from {}", printable(&spec.image.name));
        }
        (_, Call::Start { .. }) => info!("{name}: starting it"),
        (_, Call::Update { .. }) => info!("{name}: updating it in place"),
        _ => {}
    }
}
