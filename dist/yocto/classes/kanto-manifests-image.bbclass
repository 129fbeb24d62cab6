# For an image (IMAGE_CLASSES += "kanto-manifests-image"): checks all of its manifests together, whichever recipes they come
# from. Only this check finds two manifests from different recipes that
# ask for one name or one port.

inherit kanto-manifests-check

do_rootfs[depends] += "kanto-auto-deployer-native:do_populate_sysroot"
do_rootfs[vardeps] += "KANTO_MANIFESTS_STRICT"
ROOTFS_POSTPROCESS_COMMAND += "kanto_manifests_in_image; "

kanto_manifests_in_image() {
    folders=
    for folder in ${KANTO_MANIFESTS_PATHS}; do
        [ ! -d ${IMAGE_ROOTFS}$folder ] || folders="$folders .$folder"
    done
    [ -z "$folders" ] || kanto_manifests_check ${IMAGE_ROOTFS} $folders
}
