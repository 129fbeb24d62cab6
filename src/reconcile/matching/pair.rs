//! Which stand-ins belong together.

use super::Finder;
use crate::container::{Helper, Observed, Role};

/// The stand-ins of one container.
#[derive(Clone, Copy, Default)]
pub(super) struct Pair<'a> {
    pub(super) staged: Option<&'a Observed>,
    pub(super) backup: Option<&'a Observed>,
}

impl<'a> Pair<'a> {
    /// What the stand-ins hold, the old container first.
    pub(super) fn stands_for(self) -> impl Iterator<Item = Helper<'a>> {
        let stand_ins = [self.backup, self.staged].into_iter().flatten();
        stand_ins.filter_map(|one| one.listed.helper())
    }
}

impl<'a> Finder<'a> {
    /// The stand-ins for the container with this id (it may be empty) and this name. Those of ids that manifests give are nobody
    /// else's, whatever their names.
    pub(super) fn claim_pair(&mut self, id: &str, name: &str) -> Pair<'a> {
        let mut pair = Pair {
            staged: self.take(Role::Next, id, name),
            backup: self.take(Role::Prev, id, name),
        };
        // One of them found, its other half has the same id, or the same name at least.
        let known = pair.stands_for().next();
        if let Some(Helper { id, name, .. }) = known {
            pair.staged = pair.staged.or_else(|| self.take(Role::Next, id, name));
            pair.backup = pair.backup.or_else(|| self.take(Role::Prev, id, name));
        }
        pair
    }

    fn take(&mut self, role: Role, id: &str, name: &str) -> Option<&'a Observed> {
        let of_role = |one: &&Observed| {
            one.listed
                .helper()
                .is_some_and(|helper| helper.role == role)
        };
        let has_id = |one: &Observed| one.listed.helper().is_some_and(|helper| helper.id == id);
        let has_name = |one: &Observed| {
            one.listed
                .helper()
                .is_some_and(|helper| helper.name == name && !self.given.contains(helper.id))
        };
        let position = |is_it: &dyn Fn(&Observed) -> bool| {
            self.stand_ins
                .iter()
                .position(|one| of_role(one) && is_it(one))
        };
        let at = position(&has_id).or_else(|| position(&has_name))?;
        Some(self.stand_ins.remove(at))
    }
}
