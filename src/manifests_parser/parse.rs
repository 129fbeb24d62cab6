//! One manifest: bytes in, container and diagnostics out. Pure.

use super::check::{self, NameFrom};
use super::collector::{Collector, Path};
use super::diagnostics::{Bounded, Diagnostics};
use super::fields;
use super::format::{Format, OwnKeys};
use super::json::{self, Raw};
use super::manifest::Locations;
use super::merge::merge;
use super::object::Object;
use super::source::{Source, SourceFile};
use super::value::Value;
use crate::container::Spec;

/// A manifest that was read.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The container with its name filled in and without Kanto-CM's other defaults, or all errors in the order of the file.
    pub container: Result<Spec, Diagnostics>,
    /// All warnings, in the order of the file. The conversion of the CM format is not among them.
    pub warnings: Diagnostics,
    /// The manifest's format; the CM format when that could not be found out.
    pub format: Format,
    /// Where the values stand that other manifests can collide with.
    pub locations: Locations,
}

impl Parsed {
    pub(super) fn failed(errors: Diagnostics) -> Self {
        Parsed {
            container: Err(errors),
            warnings: Diagnostics::default(),
            format: Format::ContainerManagement,
            locations: Locations::default(),
        }
    }
}

/// Parses a manifest. `stem` is its file's name without `.json`: the container's name when the manifest gives neither a
/// name nor an id.
pub fn parse_manifest(stem: &str, bytes: &[u8]) -> Parsed {
    parse_files(stem, &[("", bytes)])
}

/// Parses a manifest that has drop-ins. Each file has a name, safe to print, and its content; the first is the manifest's own, which
/// needs no name.
pub fn parse_files(stem: &str, contents: &[(&str, &[u8])]) -> Parsed {
    let mut files = Vec::new();
    let mut errors = Diagnostics::default();
    for (name, bytes) in contents {
        match SourceFile::new(name, bytes) {
            Ok(file) => files.push(file),
            Err(error) => errors.push(error),
        }
    }
    let mut objects = Vec::new();
    for file in &files {
        match file.object() {
            Ok(object) => objects.push(object),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Parsed::failed(errors);
    }
    parse_objects(stem, &files, &objects)
}

/// Parses the object of a manifest, merged with those of its drop-ins.
fn parse_objects(stem: &str, files: &[SourceFile<'_>], objects: &[Raw<'_>]) -> Parsed {
    let own = OwnKeys::among(&json::keys(objects[0]));
    if objects.len() == 1 {
        return parse_object(stem, Source::of(files), objects[0], &own);
    }
    match merge(files, objects, own.format()) {
        Ok(merged) => {
            let source = merged.source(files);
            let root = &source.text[..merged.length];
            parse_object(stem, source, root, &OwnKeys::among(&json::keys(root)))
        }
        Err(errors) => Parsed::failed(errors),
    }
}

fn parse_object<'t>(stem: &str, source: Source<'t>, root: Raw<'t>, own: &OwnKeys) -> Parsed {
    let mut collector = Collector::new(source, own.format());
    let mut container = read_fields(root, &mut collector, &own.internal);
    collector.sort_places();
    if let Some(message) = own.mixture() {
        collector.error("", message);
    }
    if !collector.missing.is_empty() {
        let message = missing_keys_message(&collector.missing);
        let first = collector.missing[0].clone();
        // A drop-in that brings an object has to bring all of its keys. Only the internal format has missing keys, and its keys
        // are written as the API spells them.
        if collector.is_from_drop_in(&first) {
            collector.error(&first, message);
        } else {
            collector.error("", message);
        }
    }
    let name_from = default_name(&mut container, stem);
    check::check_container(&container, name_from, &mut collector);
    conclude(container, collector)
}

/// Reads all fields. `internal` are the keys of the other format if this is the CM format.
fn read_fields<'t>(
    root: Raw<'t>,
    collector: &mut Collector<'t>,
    internal: &[&'static str],
) -> Spec {
    let format = collector.format;
    let path = collector.record_place(Path::default(), root);
    let Some(mut object) = Object::open(Value { raw: root, path }, collector) else {
        return Spec::default();
    };
    let container = fields::container(&mut object);
    match format {
        Format::ContainerManagement => {
            fields::skip_cm_state(&mut object);
            object.skip(internal); // the error about the mixture names them
        }
        Format::Internal => fields::skip_internal_state(&mut object),
    }
    object.warn_about_unknown_keys();
    container
}

/// Says which keys the internal format demands, and what to do.
fn missing_keys_message(missing: &Bounded<String>) -> String {
    format!(
        "the internal format allows no key to be left out, and {} missing: {}; use the CM format (container_id, \
         container_name, mount_points), where all but the image's name may be left out",
        if missing.len() == 1 { "one is".to_owned() } else { format!("{} are", missing.len() + missing.more()) },
        missing.texts().join(", "),
    )
}

/// Fills in the name: the id stands for it, or else the file's name.
fn default_name(container: &mut Spec, stem: &str) -> NameFrom {
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

fn conclude(container: Spec, collector: Collector<'_>) -> Parsed {
    let format = collector.format;
    let locations = locations(&container, &collector);
    let (errors, warnings) = collector.into_diagnostics();
    Parsed {
        container: if errors.is_empty() {
            Ok(container)
        } else {
            Err(errors)
        },
        warnings,
        format,
        locations,
    }
}

fn locations(container: &Spec, collector: &Collector<'_>) -> Locations {
    let host = &container.host_config;
    let port = |index| format!("host_config.port_mappings[{index}].host_port");
    let entry = |index| format!("host_config.extra_hosts[{index}]");
    let location = |path: &str| {
        let mut locations = collector.locations(std::iter::once(path.to_owned()));
        locations.pop().unwrap_or_default()
    };
    Locations {
        id: location("id"),
        name: location("name"),
        ports: collector.locations((0..host.port_mappings.len()).map(port)),
        extra_hosts: collector.locations((0..host.extra_hosts.len()).map(entry)),
    }
}
