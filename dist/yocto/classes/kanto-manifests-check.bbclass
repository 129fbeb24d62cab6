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
$(echo "$findings" | sed 's, \./, ,')"
    fi
    # But that a manifest has the recommended one of the two formats.
    warnings=$(echo "$findings" | sed -n '/converted to the internal one$/d; s,^warning: \./,warning: ,p')
    [ -z "$warnings" ] || bbwarn "the manifests for ${KANTO_MANIFESTS_DIR}:
$warnings"
}
