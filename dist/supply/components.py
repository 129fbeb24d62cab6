"""What the program is made of: the crates in it, the C and C++ code that they bring, and the compilers' own libraries."""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CARGO = os.environ.get("CARGO", "cargo")
PROGRAM = "kanto-auto-deployer"

# In this order where there is a choice: Apache-2.0 is the program's own licence, whose text is there anyway.
PREFERRED = ["Apache-2.0", "MIT"]
# What may be linked into the program, and asks for no more than to be named.
ACCEPTED = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Zlib"}

# Code in the crates that has a licence of its own: name, crate, folder, licence, file and pattern of its version.
VENDORED = [
    ("grpc", "grpcio-sys", "grpc", "Apache-2.0", "grpc/CMakeLists.txt", r'PACKAGE_VERSION +"([^"]+)"'),
    ("abseil-cpp", "grpcio-sys", "grpc/third_party/abseil-cpp", "Apache-2.0",
     "grpc/third_party/abseil-cpp/absl/base/config.h", r"ABSL_LTS_RELEASE_(?:VERSION|PATCH_LEVEL) (\d+)"),
    ("address_sorting", "grpcio-sys", "grpc/third_party/address_sorting", "BSD-3-Clause", None, None),
    ("c-ares", "grpcio-sys", "grpc/third_party/cares/cares", "MIT",
     "grpc/third_party/cares/cares/include/ares_version.h", r'ARES_VERSION_STR "([^"]+)"'),
    ("re2", "grpcio-sys", "grpc/third_party/re2", "BSD-3-Clause", None, None),
    ("upb", "grpcio-sys", "grpc/third_party/upb", "BSD-3-Clause", None, None),
    ("utf8_range", "grpcio-sys", "grpc/third_party/utf8_range", "MIT", None, None),
    ("xds", "grpcio-sys", "grpc/third_party/xds", "Apache-2.0", None, None),
    ("opencensus-proto", "grpcio-sys", "grpc/third_party/opencensus-proto", "Apache-2.0", None, None),
    ("xxhash", "grpcio-sys", "grpc/third_party/xxhash", "BSD-2-Clause",
     "grpc/third_party/xxhash/xxhash.h", r"XXH_VERSION_(?:MAJOR|MINOR|RELEASE) +(\d+)"),
    ("zlib", "libz-sys", "src/zlib", "Zlib", "src/zlib/zlib.h", r'ZLIB_VERSION "([^"]+)"'),
]

# By what a scanner finds the vendored code in the National Vulnerability Database: vendor and product.
CPES = {"grpc": "grpc:grpc", "abseil-cpp": "abseil:common_libraries"}
# Vendored code of which nothing is in the program, and how its symbols begin: the linker drops what nobody calls, and
# src/grpc_core leaves out the callers. dist/supply/linked looks for the symbols.
UNLINKED = {
    "address_sorting": r"address_sorting_",
    "c-ares": r"ares_",
    "opencensus-proto": r"opencensus_proto_",
    "re2": r"re2::",
    "xds": r"(envoy|xds|udpa|validate)_|grpc_core::Xds",
    "xxhash": r"XXH",
    "zlib": r"(in|de)flate|adler32|crc32|_tr_",
}


class Part:
    """One component. `parent` is the crate that brings it; `needs` are the indices in `crates` of what a crate needs."""

    def __init__(self, name, version, licence, folder, parent=None):
        self.name, self.version, self.licence, self.folder = name, version, licence, folder
        self.parent, self.checksum, self.needs = parent, None, []

    def files(self, pattern):
        """Texts in its folder whose name begins so, by name."""
        found = [path for path in self.folder.iterdir() if re.match(pattern, path.name, re.I) and path.is_file()]
        return sorted(found, key=lambda path: path.name)


def chosen(expression):
    """The licences that apply, of an SPDX expression: a choice is made, what is required together stays together."""
    terms = [term.strip(" ()") for term in re.split(r" AND ", expression or "none")]
    result = []
    for term in terms:
        options = re.split(r" OR |/", term)
        result.append(next((one for one in PREFERRED if one in options), options[0]))
    unknown = [one for one in result if one not in ACCEPTED]
    if unknown:
        sys.exit(f"licences that nobody has looked at yet: {expression!r}")
    return result


def crates():
    """The program and all crates that are linked into it on Linux, in any of its feature sets; by name."""
    command = [CARGO, "metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"]
    known = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    packages = {package["id"]: package for package in known["packages"]}
    nodes = {node["id"]: node for node in known["resolve"]["nodes"]}
    root = next(id for id, package in packages.items() if package["name"] == PROGRAM)
    linked, waiting = {}, [root]
    while waiting:
        id = waiting.pop()
        if id in linked or any("proc-macro" in target["kind"] for target in packages[id]["targets"]):
            continue
        linked[id] = [dep["pkg"] for dep in nodes[id]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        waiting += linked[id]
    checksums = locked_checksums()
    order = sorted(linked, key=lambda id: (packages[id]["name"], packages[id]["version"]))
    parts = []
    for id in order:
        package = packages[id]
        if package["source"] not in (None, "registry+https://github.com/rust-lang/crates.io-index"):
            sys.exit(f"{package['name']} comes from {package['source']}")
        part = Part(package["name"], package["version"], package["license"], pathlib.Path(package["manifest_path"]).parent)
        part.checksum = checksums.get((part.name, part.version))
        part.needs = sorted(order.index(need) for need in linked[id] if need in linked)
        parts.append(part)
    return parts


def locked_checksums():
    text = (ROOT / "Cargo.lock").read_text()
    entry = r'name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"'
    return {(name, version): checksum for name, version, checksum in re.findall(entry, text)}


def vendored(parts):
    """The code of others in these crates."""
    by_name = {part.name: part for part in parts}
    for name, crate, folder, licence, file, pattern in VENDORED:
        parent = by_name[crate]
        if file is None:
            version = f"in {parent.name} {parent.version}"
        else:
            version = ".".join(re.findall(pattern, (parent.folder / file).read_text())[:3])
        yield Part(name, version, licence, parent.folder / folder, parent)
