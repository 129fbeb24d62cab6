//! A container whose id an interrupted Start has ruined goes on under the next id: `x-2` after `x`. No Start of the ruined
//! id will ever succeed again, not even after Remove and Create.

use log::warn;

use super::calls::{create, remove_unneeded, start_once};
use super::outcome::{Done, Ran};
use crate::container::{
    base_id, is_containerd_id, is_same_but_for_id, is_same_or_healed_id, next_healed_id, Container,
};
use crate::kanto_cm::{CallError, Existing, KantoCm};
use crate::text::printable;

/// Fresh ids that turn out to be ruined too: by the same container's life under them.
const MOST_RUINED: u32 = 20;
/// Other containers' ids met on the way; nobody has that many.
const MOST_TAKEN: u32 = 20;

/// The same configuration under a fresh id. The old one goes only once the new one is stored. `is_claimed`: a manifest
/// gives this id. `wanted_id`: the manifest's, if it gives one.
pub(super) fn heal(
    cm: &dyn KantoCm,
    wanted_id: &str,
    ruined: Existing,
    is_claimed: &dyn Fn(&str) -> bool,
) -> Result<Ran, CallError> {
    let mut ruined = ruined.container;
    let mut failure = None;
    for _ in 0..MOST_RUINED {
        let fresh = match create_fresh(cm, wanted_id, &ruined, is_claimed) {
            // It is there, under an id that is ruined too.
            Err(CallError::Refused(reason)) if failure.is_some() => {
                failure = Some(printable(&reason));
                break;
            }
            result => result?,
        };
        warn!(
            "{}: an interrupted Start has ruined the id {}, going on as {fresh}",
            ruined.name, ruined.id
        );
        remove_ruined(cm, &ruined.id)?;
        ruined.id = fresh;
        match start_once(cm, &ruined.id) {
            Ok(ran) => return Ok(healed(ruined.id, ran)),
            Err(CallError::Refused(reason)) => {
                let is_ruined_too = is_ruined(&reason);
                failure = Some(printable(&reason));
                if !is_ruined_too {
                    break;
                }
            }
            Err(error) => return Err(error),
        }
    }
    let ran = Ran {
        failure,
        ..Ran::default()
    };
    Ok(healed(ruined.id, ran))
}

/// What a Start says of an id that an interrupted one has ruined. The one text of Kanto-CM's that decides about anything.
pub(super) fn is_ruined(reason: &str) -> bool {
    reason.contains("already exists")
}

fn healed(id: String, mut ran: Ran) -> Ran {
    ran.done.insert(0, Done::Healed(id.clone()));
    ran.id = Some(id);
    ran
}

/// Creates the container under the first free id, and tells which.
fn create_fresh(
    cm: &dyn KantoCm,
    wanted_id: &str,
    ruined: &Container,
    is_claimed: &dyn Fn(&str) -> bool,
) -> Result<String, CallError> {
    let id = &ruined.id;
    let base = if is_same_or_healed_id(wanted_id, id) {
        wanted_id
    } else {
        base_id(id)
    };
    let mut fresh = id.clone();
    for _ in 0..MOST_TAKEN {
        fresh = next_healed_id(base, &fresh);
        if is_claimed(&fresh) {
            continue;
        }
        if !is_containerd_id(&fresh) {
            break;
        }
        let created = create(cm, &ruined.to_create_again(fresh.clone()))?;
        if created.by_us || is_same_but_for_id(&created.container.container, ruined) {
            return Ok(fresh);
        }
    }
    Err(CallError::Refused(format!(
        "an interrupted Start has ruined the id {id}, and no other id is free for it"
    )))
}

/// Removes the container with the ruined id.
pub(super) fn remove_ruined(cm: &dyn KantoCm, id: &str) -> Result<(), CallError> {
    remove_unneeded(cm, id, "the container with the ruined id")
}
