//! A container whose id an interrupted Start has ruined goes on under the next id: `x-2` after `x`. No Start of the ruined
//! id will ever succeed again, not even after Remove and Create.

use log::warn;

use super::act::{create, get, start_once};
use super::outcome::{Done, Ran};
use crate::container::{
    is_containerd_id, is_same_but_for_id, is_same_or_healed_id, next_healed_id, Container,
};
use crate::kanto_cm::{CallError, Existing, KantoCm};
use crate::text::printable;

/// Other containers' ids met on the way; nobody has that many.
const MOST_TAKEN: u32 = 20;

/// The same configuration under a fresh id. The old one goes only once the new one is stored. `is_claimed`: a manifest
/// gives this id.
pub(super) fn heal(
    cm: &dyn KantoCm,
    wanted: &Container,
    ruined: &Existing,
    is_claimed: &dyn Fn(&str) -> bool,
) -> Result<Ran, CallError> {
    let id = &ruined.container.id;
    let fresh = create_fresh(cm, wanted, ruined, is_claimed)?;
    warn!(
        "{}: an interrupted Start has ruined the id {id}, going on as {fresh}",
        wanted.name
    );
    remove_ruined(cm, id)?;
    let mut ran = match start_once(cm, &fresh) {
        Ok(ran) => ran,
        Err(CallError::Refused(reason)) => Ran {
            failure: Some(printable(&reason)),
            ..Ran::default()
        },
        Err(error) => return Err(error),
    };
    ran.done.insert(0, Done::Healed(fresh.clone()));
    ran.id = Some(fresh);
    Ok(ran)
}

/// Creates the container under the first free id, and tells which.
fn create_fresh(
    cm: &dyn KantoCm,
    wanted: &Container,
    ruined: &Existing,
    is_claimed: &dyn Fn(&str) -> bool,
) -> Result<String, CallError> {
    let id = &ruined.container.id;
    let base = if is_same_or_healed_id(&wanted.id, id) {
        &wanted.id
    } else {
        id
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
        let created = create(cm, &ruined.container.to_create_again(fresh.clone()))?;
        if created.by_us || is_same_but_for_id(&created.container.container, &ruined.container) {
            return Ok(fresh);
        }
    }
    Err(CallError::Refused(format!(
        "an interrupted Start has ruined the id {id}, and no other id is free for it"
    )))
}

/// Removes the container with the ruined id. Nothing is lost with it, and one that stays does no harm.
pub(super) fn remove_ruined(cm: &dyn KantoCm, id: &str) -> Result<(), CallError> {
    match cm.remove(id, None) {
        Err(CallError::Refused(reason)) => {
            if get(cm, id)?.is_some() {
                let reason = printable(&reason);
                warn!(
                    "cannot remove the container with the ruined id {}: {reason}",
                    printable(id)
                );
            }
            Ok(())
        }
        result => result,
    }
}
