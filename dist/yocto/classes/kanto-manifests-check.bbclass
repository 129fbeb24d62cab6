# Used by the two other classes: checks manifests as the program reads them on the device.

# "1": warnings about a manifest fail the build, too.
KANTO_MANIFESTS_STRICT ??= "0"

# usage: kanto_manifests_check ROOT FOLDER…, the folders relative to ROOT: of several, a later one takes precedence
kanto_manifests_check() {
    strict=
    [ "${KANTO_MANIFESTS_STRICT}" = 0 ] || strict=--strict
    valid=true
    root=$1
    shift
    # Run in ROOT, so that the messages name the files without its path.
    findings=$(cd "$root" && kanto-auto-deployer --validate $strict "$@" 2>&1 >/dev/null) || valid=false
    # Drop the message about the CM format, which is the recommended one.
    findings=$(echo "$findings" | sed '/converted to the internal one$/d; s,^\(error\|warning\): \./,\1: ,')
    $valid || bbfatal "the manifests for ${KANTO_MANIFESTS_DIR} are not valid:
$findings"
    warnings=$(echo "$findings" | sed -n '/^warning: /p')
    [ -z "$warnings" ] || bbwarn "the manifests for ${KANTO_MANIFESTS_DIR}:
$warnings"
}
