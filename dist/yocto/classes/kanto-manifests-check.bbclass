# How the two classes beside this one check manifests: as the program will read them on the device.

# "1": warnings about a manifest fail the build, too.
KANTO_MANIFESTS_STRICT ??= "0"

# usage: kanto_manifests_check FOLDER
kanto_manifests_check() {
    strict=
    [ "${KANTO_MANIFESTS_STRICT}" = 0 ] || strict=--strict
    # From within: the messages name the files as the integrator knows them.
    if ! findings=$(cd "$1" && kanto-auto-deployer --validate $strict . 2>&1); then
        bbfatal "the manifests for ${KANTO_MANIFESTS_DIR} are not valid:
$findings"
    fi
    warnings=$(echo "$findings" | grep '^warning: ') || true
    [ -z "$warnings" ] || bbwarn "the manifests for ${KANTO_MANIFESTS_DIR}:
$warnings"
}
