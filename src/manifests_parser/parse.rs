//! One manifest: bytes in, container and diagnostics out. Pure.

use super::check::{self, NameFrom};
use super::collector::{diagnostic_at, Collector, Path};
use super::diagnostics::{Bounded, Diagnostic, Diagnostics};
use super::fields;
use super::format::{Format, CM_KEYS, INTERNAL_KEYS};
use super::json::{self, Raw};
use super::manifest::Locations;
use super::object::Object;
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
    fn failed(error: Diagnostic) -> Self {
        Parsed {
            container: Err(error.into()),
            warnings: Diagnostics::default(),
            format: Format::ContainerManagement,
            locations: Locations::default(),
        }
    }
}

/// Parses a manifest. `stem` is its file's name without `.json`: the container's name when the manifest gives neither a
/// name nor an id.
pub fn parse_manifest(stem: &str, bytes: &[u8]) -> Parsed {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Parsed::failed(not_utf8(bytes, error.valid_up_to())),
    };
    match json::root(text) {
        Ok(root) if root.starts_with('{') => parse_object(stem, text, root),
        Ok(_) => {
            let offset = text.len() - text.trim_start().len();
            let message = "expected a JSON object".to_owned();
            Parsed::failed(diagnostic_at(text, offset, message))
        }
        Err(error) => Parsed::failed(diagnostic_at(text, error.offset, error.message)),
    }
}

fn not_utf8(bytes: &[u8], valid_up_to: usize) -> Diagnostic {
    let valid = std::str::from_utf8(&bytes[..valid_up_to]).unwrap_or_default();
    let message = "the file is not UTF-8 text".to_owned();
    diagnostic_at(valid, valid.len(), message)
}

fn parse_object<'t>(stem: &str, text: &'t str, root: Raw<'t>) -> Parsed {
    let members = json::members(root).into_iter();
    let keys: Vec<String> = members.filter_map(|(key, _)| json::unescape(key)).collect();
    let present = |own: &[&'static str]| -> Vec<&'static str> {
        let mut own = own.to_vec();
        own.retain(|own| keys.iter().any(|key| key == own));
        own
    };
    let (cm, internal) = (present(&CM_KEYS), present(&INTERNAL_KEYS));
    let format = if cm.is_empty() && !internal.is_empty() {
        Format::Internal
    } else {
        Format::ContainerManagement
    };
    let mut collector = Collector::new(text, format);
    let mut container = read_fields(root, &mut collector, &internal);
    collector.sort_places();
    if !cm.is_empty() && !internal.is_empty() {
        let (cm, internal) = (cm.join(", "), internal.join(", "));
        let message =
            format!("two formats are mixed: {cm} of the CM format, {internal} of the internal one");
        collector.error("", message);
    }
    if !collector.missing.is_empty() {
        let message = missing_keys_message(&collector.missing);
        collector.error("", message);
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
