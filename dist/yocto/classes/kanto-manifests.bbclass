# For a recipe that brings container manifests: every *.json in the folder `kanto-containers` next to it is installed where
# the deployer looks, and an invalid one fails the build. A *.json.disabled and the drop-ins *.json.d/*.json are installed, too.
#
# A recipe needs only this class, SUMMARY and LICENSE. To add a container, put its manifest into the folder.

inherit kanto-manifests-check

# Manifests with secrets should be readable by root only: 0600.
KANTO_MANIFESTS_MODE ??= "0644"

FILESEXTRAPATHS:prepend := "${THISDIR}:"
SRC_URI += "file://kanto-containers"
# There is no UNPACKDIR before styhead.
S = "${@d.getVar('UNPACKDIR') or d.getVar('WORKDIR')}/kanto-containers"

DEPENDS += "kanto-auto-deployer-native"

inherit allarch

do_configure[noexec] = "1"
do_compile[noexec] = "1"
do_install[vardeps] += "KANTO_MANIFESTS_STRICT"

do_install() {
    install -d ${D}${KANTO_MANIFESTS_DIR}
    cd ${S}
    for file in *.json *.json.disabled *.json.d/*.json; do
        [ ! -f "$file" ] || install -D -m ${KANTO_MANIFESTS_MODE} "$file" "${D}${KANTO_MANIFESTS_DIR}/$file"
    done
    kanto_manifests_check ${D}${KANTO_MANIFESTS_DIR} .
}

FILES:${PN} = "${KANTO_MANIFESTS_DIR}"
RRECOMMENDS:${PN} += "kanto-auto-deployer"
