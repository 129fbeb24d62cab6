//! A request of the watcher: reads the manifests, and adds what it asks for to the deployment.

use log::warn;

use super::work::{all_there, invalid_file, unread, Group};
use super::Worker;
use crate::execute::Prunes;
use crate::filewatcher::protocol::{file_key, InvalidFile, Request};
use crate::manifests_parser::{read_layers, Manifest, Manifests};
use crate::reconcile::Trigger;
use crate::run::prepare;

impl Worker<'_> {
    /// Adds the request to the deployment, or answers it at once: no manifests can be read.
    pub(super) fn take(&self, request: Request) {
        match self.read(&request) {
            Some(manifests) => self.begin(request, manifests),
            None => self.answer(&unread(&request)),
        }
    }

    fn read(&self, request: &Request) -> Option<Manifests> {
        let mut manifests = match read_layers(self.layers) {
            Ok(manifests) => manifests,
            Err(error) => {
                warn!("{error}");
                return None;
            }
        };
        if !request.lacks_layer && !manifests.missing_layers.is_empty() {
            // It went after the daemon had looked, which waits for it.
            return None;
        }
        prepare::complete_warnings(&mut manifests, self.options.strict);
        Some(manifests)
    }

    fn begin(&self, request: Request, manifests: Manifests) {
        let invalid_files: Vec<InvalidFile> = manifests.invalid.iter().map(invalid_file).collect();
        let directory = self.report_new(&manifests, &invalid_files, &request);
        let may_prune = request.prune.is_some()
            && prepare::may_prune(&manifests)
            && self.layers.iter().all(|path| path.is_dir());
        let prunes = may_prune && all_there(&manifests, &request);
        let mut work = self.lock();
        work.prunes = work.prunes.max(self.prunes(&manifests, prunes));
        work.begin(&request, &manifests);
        let is_empty = |group: &Group| group.manifests.is_empty() && !group.is_about_others();
        self.finish_all(&mut work, None, is_empty);
        let asked: Vec<Manifest> = manifests
            .valid
            .iter()
            .filter(|manifest| request.files.contains(&file_key(&manifest.path)))
            .cloned()
            .collect();
        let is_idle = asked.is_empty() && !request.tidy && !prunes;
        let number = request.number;
        work.groups.push(Group {
            is_incomplete: may_prune && !prunes,
            request,
            manifests: asked,
            entries: Vec::new(),
            results: Vec::new(),
            invalid: manifests.invalid.clone(),
            invalid_files,
            directory,
            is_superseded: false,
        });
        let is_idle = is_idle || self.deployer.has_nothing_to_do(&manifests.valid);
        let is_complete = manifests.is_complete();
        work.manifests = manifests.valid;
        if is_idle {
            self.finish_all(&mut work, None, |group| group.request.number == number);
        }
        // What is under way may be about a manifest that is gone.
        if !is_idle || work.is_deploying {
            work.is_deploying = true;
            let inputs = work.inputs(number, is_complete);
            self.inbox.put(inputs);
        }
    }

    /// Returns what may be pruned. `all`: nothing speaks against pruning.
    fn prunes(&self, manifests: &Manifests, all: bool) -> Prunes {
        let is_sound = !manifests.valid.is_empty() && manifests.is_complete();
        match (all, self.options.prune && is_sound) {
            (true, _) => Prunes::All,
            // What has a host port that is claimed does not stay until it has been gone for long.
            (false, true) => Prunes::Claimed,
            (false, false) => Prunes::None,
        }
    }

    /// Logs the new errors and warnings of the manifests. An error is about the directory.
    fn report_new(
        &self,
        manifests: &Manifests,
        invalid_files: &[InvalidFile],
        request: &Request,
    ) -> Result<(), String> {
        let is_new = |manifest: &&Manifest| request.new.contains(&file_key(&manifest.path));
        manifests
            .valid
            .iter()
            .filter(is_new)
            .for_each(prepare::log_warnings);
        let unreported = manifests.invalid.iter().zip(invalid_files);
        let unreported =
            unreported.filter(|(_, file)| !request.tidy && !request.reported.contains(file));
        unreported.for_each(|(invalid, _)| prepare::log_errors(invalid));
        match request.trigger {
            Trigger::Start => prepare::check_directory(manifests, self.options.strict),
            Trigger::Change | Trigger::Touch | Trigger::Retry | Trigger::CmRestarted => Ok(()),
        }
    }
}
