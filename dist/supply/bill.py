"""The bill of materials, as CycloneDX 1.5. It depends on the sources and the compilers alone: no date, and a serial number
made of the content."""

import json
import subprocess
import uuid

from components import CPES, UNLINKED, chosen, crates, vendored


def of_crate(part):
    purl = f"pkg:cargo/{part.name}@{part.version.replace('+', '%2B')}"
    if part.checksum is None:
        return described(part, purl, "application")
    component = described(part, purl, "library")
    component["hashes"] = [{"alg": "SHA-256", "content": part.checksum}]
    return component


def of_vendored(part):
    plain = not part.version.startswith("in ")
    purl = f"pkg:generic/{part.name}" + (f"@{part.version}" if plain else f"?in={part.parent.name}")
    component = described(part, purl, "library")
    component["description"] = f"compiled from what the crate {part.parent.name} {part.parent.version} brings"
    if part.name in CPES:
        component["cpe"] = f"cpe:2.3:a:{CPES[part.name]}:{part.version}:*:*:*:*:*:*:*"
    if not plain:
        del component["version"]
    return component


def described(part, purl, kind):
    return {
        "type": kind,
        "bom-ref": purl,
        "name": part.name,
        "version": part.version,
        "licenses": [{"license": {"id": licence}} for licence in chosen(part.licence)],
        "purl": purl,
    }


def compilers():
    rust = output("rustc", "--version").split()[1]
    gcc = output("c++", "-dumpfullversion").strip()
    for name, version, licence in [
        ("rust-std", rust, "Apache-2.0 OR MIT"),
        ("libstdc++", gcc, "GPL-3.0-or-later WITH GCC-exception-3.1"),
        ("libgcc", gcc, "GPL-3.0-or-later WITH GCC-exception-3.1"),
    ]:
        purl = f"pkg:generic/{name.replace('+', '%2B')}@{version}"
        yield {"type": "library", "bom-ref": purl, "name": name, "version": version,
               "licenses": [{"expression": licence}], "purl": purl}


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def bill():
    """The bill of materials. Vendored code of which nothing is linked is not in it."""
    parts = crates()
    components = [of_crate(part) for part in parts]
    refs = [component["bom-ref"] for component in components]
    inner = [part for part in vendored(parts) if part.name not in UNLINKED]
    within = [of_vendored(part) for part in inner]
    runtime = list(compilers())
    dependencies = []
    for part, ref in zip(parts, refs):
        needs = [refs[need] for need in part.needs]
        needs += [one["bom-ref"] for one, origin in zip(within, inner) if origin.parent is part]
        if part.checksum is None:
            needs += [one["bom-ref"] for one in runtime]
        dependencies.append({"ref": ref, "dependsOn": needs})
    program = components.pop(next(at for at, part in enumerate(parts) if part.checksum is None))
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": program},
        "components": components + within + runtime,
        "dependencies": dependencies,
    }
    bom["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bom, sort_keys=True)).urn
    return bom
