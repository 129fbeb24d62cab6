//! One manifest: bytes in, container and problems out.

use super::check::{self, NameFrom};
use super::findings::{problem_at, Findings, Path};
use super::problem::{Problem, Problems};
use super::reader::Reader;
use super::tree::{self, Raw};
use super::{cm_format, fields, hints, image, internal_format};
use crate::container::Spec;

/// Which of the two formats a manifest has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// That of Kanto-CM's own manifests, where nearly everything may be left out. Recommended.
    ContainerManagement,
    /// That of the API's `Spec` message, where nothing may.
    Internal,
}

/// A manifest that was read.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The container with its name settled and without Kanto-CM's other defaults, or all errors in the order of the file.
    pub container: Result<Spec, Problems>,
    /// What is odd but no error, in the order of the file. The conversion of the CM format is not among them.
    pub warnings: Problems,
    /// The manifest's format; the CM format when that could not be found out.
    pub format: Format,
    /// Where the values stand that other manifests can collide with.
    pub anchors: Anchors,
}

/// Places of values that are judged side by side with other manifests: problems that lack their message.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    /// The id, or where it would stand.
    pub id: Problem,
    /// The name, or where it would stand.
    pub name: Problem,
    /// Each port mapping's host port.
    pub ports: Vec<Problem>,
    /// Each entry of `extra_hosts`.
    pub extra_hosts: Vec<Problem>,
}

/// Reads a manifest. `stem` is its file's name without `.json`: the container's name when the manifest gives neither a
/// name nor an id.
pub fn parse_manifest(stem: &str, bytes: &[u8]) -> Parsed {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Parsed::failed(not_utf8(bytes, error.valid_up_to())),
    };
    match tree::root(text) {
        Ok(root) if root.starts_with('{') => parse_object(stem, text, root),
        Ok(_) => {
            let offset = text.len() - text.trim_start().len();
            Parsed::failed(problem_at(
                text,
                offset,
                "expected a JSON object".to_owned(),
            ))
        }
        Err(error) => Parsed::failed(problem_at(text, error.offset, error.message)),
    }
}

impl Parsed {
    fn failed(problem: Problem) -> Self {
        Parsed {
            container: Err(problem.into()),
            warnings: Problems::default(),
            format: Format::ContainerManagement,
            anchors: Anchors::default(),
        }
    }
}

fn not_utf8(bytes: &[u8], valid_up_to: usize) -> Problem {
    let valid = std::str::from_utf8(&bytes[..valid_up_to]).unwrap_or_default();
    problem_at(valid, valid.len(), "the file is not UTF-8 text".to_owned())
}

fn parse_object<'t>(stem: &str, text: &'t str, root: Raw<'t>) -> Parsed {
    let keys: Vec<String> = tree::members(root)
        .into_iter()
        .filter_map(|(key, _)| tree::unescape(key))
        .collect();
    let own = |own: &[&'static str]| -> Vec<&'static str> {
        own.iter()
            .filter(|own| keys.iter().any(|key| key == **own))
            .copied()
            .collect()
    };
    let (cm, internal) = (own(&cm_format::OWN_KEYS), own(&internal_format::OWN_KEYS));
    let format = if cm.is_empty() && !internal.is_empty() {
        Format::Internal
    } else {
        Format::ContainerManagement
    };
    let mut findings = Findings::new(text, format);
    let path = findings.found(Path::default(), root);
    let mut container = read(root, path, &mut findings, &internal);
    findings.sort_places();
    if !cm.is_empty() && !internal.is_empty() {
        let (cm, internal) = (cm.join(", "), internal.join(", "));
        findings.error(
            "",
            format!("two formats are mixed: {cm} of the CM format, {internal} of the internal one"),
        );
    }
    if !findings.missing.is_empty() {
        let advice = internal_format::advice(&findings.missing);
        findings.error("", advice);
    }
    let name_from = settle_name(&mut container, stem);
    conclude(container, name_from, findings)
}

fn read<'t>(
    root: Raw<'t>,
    path: Path,
    findings: &mut Findings<'t>,
    foreign: &[&'static str],
) -> Spec {
    let format = findings.format;
    let Some(mut reader) = Reader::open(root, path, findings) else {
        return Spec::default();
    };
    let container = fields::container(&mut reader);
    match format {
        Format::ContainerManagement => {
            cm_format::skip_runtime_state(&mut reader);
            reader.skip(foreign); // the error about the mixture names them
        }
        Format::Internal => internal_format::skip_runtime_state(&mut reader),
    }
    reader.finish();
    container
}

fn settle_name(container: &mut Spec, stem: &str) -> NameFrom {
    if !container.name.is_empty() {
        return NameFrom::Manifest;
    }
    let (name, from) = if container.id.is_empty() {
        (stem, NameFrom::File)
    } else {
        (&*container.id, NameFrom::Id)
    };
    container.name = name.to_owned();
    from
}

fn conclude(container: Spec, name_from: NameFrom, mut findings: Findings<'_>) -> Parsed {
    check::check(&container.clone().with_defaults(), name_from, &mut findings);
    if !container.image.name.is_empty() {
        image::check(&container.image.name, &mut findings);
    }
    hints::warn(&container, &mut findings);
    let format = findings.format;
    let anchors = anchors(&container, &findings);
    let (errors, warnings) = findings.into_problems();
    let container = if errors.is_empty() {
        Ok(container)
    } else {
        Err(errors)
    };
    Parsed {
        container,
        warnings,
        format,
        anchors,
    }
}

fn anchors(container: &Spec, findings: &Findings<'_>) -> Anchors {
    let host = &container.host_config;
    let port = |index| format!("host_config.port_mappings[{index}].host_port");
    let entry = |index| format!("host_config.extra_hosts[{index}]");
    Anchors {
        id: findings.anchor("id"),
        name: findings.anchor("name"),
        ports: findings.anchors((0..host.port_mappings.len()).map(port)),
        extra_hosts: findings.anchors((0..host.extra_hosts.len()).map(entry)),
    }
}
