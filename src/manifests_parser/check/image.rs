//! Image references: which of them Kanto-CM can pull, which it can only run when the image is there already, and which it can
//! do nothing with.
//!
//! containerd takes a reference for a URL without scheme (its package `reference`), never adds Docker Hub's name or a tag, and
//! needs a whole digest. A registry takes the names of the OCI distribution specification. Each form in the tests was tried
//! on a real Kanto-CM with a registry.

use crate::manifests_parser::collector::Collector;
use crate::manifests_parser::quote::{quoted, shown};

const NO_REGISTRY: &str = "names no registry";

/// Adds an error for a name that no image can have, a warning for one that cannot be pulled.
pub(super) fn check_image(reference: &str, collector: &mut Collector<'_>) {
    let mut message = quoted(reference) + " ";
    match check_reference(reference) {
        Err(impossible) => collector.error("image.name", message + impossible),
        Ok(Some(reason)) => {
            message += reason;
            if let Some((hub, name)) = docker_hub(reference) {
                let name = shown(name);
                let tag = if reference.contains([':', '@']) {
                    ""
                } else {
                    ":TAG"
                };
                message = format!("{message}: write {hub}{name}{tag} if it is on Docker Hub");
            }
            message += ". Kanto-CM cannot pull it, and runs it only if containerd has an image of exactly this name";
            collector.warn("image.name", message);
        }
        Ok(None) => {}
    }
}

/// Checks a reference. `Err`: why no image can be called so; `Ok(Some)`: why it cannot be pulled. Both end a sentence.
fn check_reference(reference: &str) -> Result<Option<&'static str>, &'static str> {
    let holds = |is: fn(u8) -> bool| reference.bytes().any(is);
    if holds(|byte| byte <= b' ' || byte == 0x7f) {
        return Err("holds a blank or a control character");
    }
    if holds(|byte| matches!(byte, b'$' | b'{' | b'}' | b'<' | b'>')) {
        return Err("holds a placeholder, which nothing replaces");
    }
    if reference.contains("://") {
        return Err("is a URL: leave out what ends with ://");
    }
    let mut name = reference;
    if let Some((host, path)) = reference.split_once('/') {
        check_host(host)?;
        name = path;
    }
    let hub = docker_hub(reference);
    check_name(hub.map_or(name, |(_, name)| name), hub.is_some())
}

/// Returns what is missing before the name of an image on Docker Hub, and the name. A first part without dot and port is no
/// host: containerd takes it for one all the same, but hardly anybody means that.
fn docker_hub(reference: &str) -> Option<(&'static str, &str)> {
    match reference.split_once('/') {
        None => Some(("docker.io/library/", reference)),
        Some(("docker.io", name)) if !name.contains('/') => Some(("docker.io/library/", name)),
        Some((host, _)) if host != "localhost" && !host.contains('.') && !host.contains(':') => {
            Some(("docker.io/", reference))
        }
        _ => None,
    }
}

fn check_host(host: &str) -> Result<(), &'static str> {
    // containerd leaves out what stands before an @.
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, "1"),
    };
    let is_host =
        |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"._-:[]".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_host) {
        Err("does not begin with the name of a registry's host")
    } else if port.parse::<u16>().is_err() {
        Err("has a port that is no number up to 65535")
    } else {
        Ok(())
    }
}

/// Checks `repository[:tag][@digest]`.
fn check_name(name: &str, no_registry: bool) -> Result<Option<&'static str>, &'static str> {
    let (named, digest) = match name.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (name, None),
    };
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return Err("has no digest behind the @, such as sha256: and 64 hexadecimal digits");
    }
    let (repository, tag) = named.split_once(':').unwrap_or((named, ""));
    Ok(if no_registry {
        Some(NO_REGISTRY)
    } else if tag.is_empty() && digest.is_none() {
        Some("has no tag and no digest")
    } else if !repository.split('/').all(is_repository) {
        Some("is no name for a registry (lower-case letters and digits, with ., _ or - between them)")
    } else if !is_tag(tag) {
        Some("has no tag for a registry (at most 128 letters, digits, _, . or -)")
    } else {
        None
    })
}

/// Is it a digest that containerd knows?
fn is_digest(digest: &str) -> bool {
    let Some((name, digits)) = digest.split_once(':') else {
        return false;
    };
    let length = match name {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    digits.len() == length && digits.bytes().all(is_hex)
}

/// Does it match `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`, or does containerd leave it out?
fn is_repository(part: &str) -> bool {
    if part == "." {
        return true;
    }
    let (mut separator, mut length) = (b'.', 1);
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => length = 0,
            _ if length == 0 => (separator, length) = (byte, 1),
            b'_' if separator == byte && length == 1 => length = 2,
            b'-' if separator == byte => {}
            _ => return false,
        }
        if length > 0 && !b"._-".contains(&separator) {
            return false;
        }
    }
    length == 0 || part.is_empty()
}

/// Does it match `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`, or is it empty?
fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut bytes = tag.bytes();
    tag.len() <= 128
        && bytes.next().map_or(true, is_word)
        && bytes.all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:4241258ce3c1de521e4b48ffa7943590cda909417566d6dbf2bbe902a1bd24d8";

    #[test]
    fn a_name_that_a_real_kanto_cm_pulls_is_fine() {
        let sha = format!("localhost:5000/x@{SHA}");
        let both = format!("localhost:5000/x:1@{SHA}");
        for reference in [
            "localhost:5000/kad-test:1",
            "127.0.0.1:5000/a/b:1",
            "localhost/x:1",
            "[::1]:5000/a:1",
            "user@localhost:5000/a:1",
            "ghcr.io/eclipse-leda/a.b_c__d--e/f:V1.0_x-y",
            "localhost:5000/a:TAG",
            "localhost:5000//a/./b---c:1",
            "docker.io/library/influxdb:1.8.4",
            &sha,
            &both,
        ] {
            assert_eq!(check_reference(reference), Ok(None), "{reference}");
        }
    }

    #[test]
    fn a_name_that_a_real_kanto_cm_cannot_pull_is_a_warning() {
        let digest = format!("busybox@{SHA}");
        let long = format!("localhost:5000/a:{}", "x".repeat(129));
        for reference in [
            "busybox",
            "busybox:latest",
            &digest,
            "library/busybox:1",
            "team/app:1",
            "docker.io/busybox:1",
            "localhost:5000/x",
            "localhost:5000/x:",
            "localhost:5000/MyApp:1",
            "localhost:5000/a_-b:1",
            "localhost:5000/a.:1",
            "localhost:5000/.a:1",
            "localhost:5000/a..b:1",
            "localhost:5000/a/..:1",
            "localhost:5000/a___b:1",
            "localhost:5000/ä:1",
            "localhost:5000/a?x:1",
            "localhost:5000/a:1:2",
            "localhost:5000/a:-x",
            "localhost:5000/a:é",
            "localhost:5000/a:b/c",
            &long,
        ] {
            let found = check_reference(reference);
            assert!(matches!(found, Ok(Some(_))), "{reference}: {found:?}");
        }
    }

    #[test]
    fn a_name_that_no_image_can_have_is_an_error() {
        for reference in [
            " localhost:5000/a:1",
            "localhost:5000/a:1 ",
            "localhost:5000/a b:1",
            "localhost:5000/a:1\n",
            "${REG}/a:1",
            "localhost:5000/$APP:1",
            "localhost:5000/a:{{ tag }}",
            "<registry>/a:1",
            "http://localhost:5000/a:1",
            "docker://busybox:1",
            "/a:1",
            ":5000/a:1",
            "localhost:abc/a:1",
            "localhost:99999/a:1",
            "lo\"cal.host/a:1",
            "localhost:5000/x:1@sha256:abc",
            "localhost:5000/a@1",
            "a@sha256:4241258ce3c1de521e4b48ffa7943590cda909417566d6dbf2bbe902a1bd24dX",
        ] {
            let found = check_reference(reference);
            assert!(found.is_err(), "{reference}: {found:?}");
        }
    }

    #[test]
    fn the_missing_part_of_a_name_on_docker_hub_is_known() {
        for (reference, whole) in [
            ("busybox", "docker.io/library/busybox"),
            ("busybox:1", "docker.io/library/busybox:1"),
            ("docker.io/busybox:1", "docker.io/library/busybox:1"),
            ("eclipse/app:1", "docker.io/eclipse/app:1"),
        ] {
            let (hub, name) = docker_hub(reference).unwrap_or_default();
            assert_eq!(format!("{hub}{name}"), whole);
        }
        assert_eq!(docker_hub("docker.io/library/busybox:1"), None);
        assert_eq!(docker_hub("localhost/busybox:1"), None);
    }
}
