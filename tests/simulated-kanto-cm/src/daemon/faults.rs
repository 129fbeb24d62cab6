//! The faults that wait for a call.

use crate::protocol::{Fault, Method, What};

/// All faults that have not struck for the last time.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds one.
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What strikes a call. Every fault counts every call that it matches; the oldest one that is due strikes.
    pub(crate) fn strike(&mut self, method: Method, id: &str, name: &str) -> Option<What> {
        let mut struck = None;
        for fault in &mut self.0 {
            let is_of = |wanted: &str| wanted == id || wanted == name;
            let matches = fault
                .method
                .map_or(method.changes(), |wanted| wanted == method);
            if !matches || !fault.container.as_deref().map_or(true, is_of) {
                continue;
            }
            fault.nth = fault.nth.saturating_sub(1);
            if fault.nth == 0 && fault.times > 0 && struck.is_none() {
                fault.times -= 1;
                struck = Some(fault.what.clone());
            }
        }
        self.0.retain(|fault| fault.times > 0);
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting() {
        let mut faults = Faults::default();
        faults.add(Fault::at(Method::Start, What::Hang).of("a").nth(2).times(2));
        let mut strike = |id| faults.strike(Method::Start, id, "name").is_some();
        assert!(!strike("a"));
        assert!(!strike("b"));
        assert!(strike("a"));
        assert!(strike("a"));
        assert!(!strike("a"));
    }

    #[test]
    fn any_change_counts() {
        let mut faults = Faults::default();
        faults.add(Fault::at_any(What::Hang).of("a").nth(3));
        let mut strike = |method, id| faults.strike(method, id, "name").is_some();
        assert!(!strike(Method::Create, "a"));
        assert!(!strike(Method::List, "") && !strike(Method::Get, "a"));
        assert!(!strike(Method::Start, "b"));
        assert!(!strike(Method::Start, "a"));
        assert!(strike(Method::Remove, "a"));
    }

    #[test]
    fn by_name_and_method() {
        let mut faults = Faults::default();
        faults.add(Fault::at(Method::Stop, What::Hang).of("name").always());
        assert_eq!(faults.strike(Method::Start, "a", "name"), None);
        assert_eq!(faults.strike(Method::Stop, "a", "name"), Some(What::Hang));
        assert_eq!(faults.strike(Method::Stop, "a", "name"), Some(What::Hang));
        faults.clear();
        assert_eq!(faults.strike(Method::Stop, "a", "name"), None);
    }
}
