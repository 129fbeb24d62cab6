# The crate panic_abort has to be compiled with the strategy that it is for, or no program can be linked with `panic =
# "abort"`. Rust's own build does this by a wrapper like this one; plain cargo, by which this recipe builds, does not.
do_compile:prepend () {
    cat > ${WORKDIR}/rustc-panic-abort <<'EOF'
#!/bin/sh
case " $* " in *" --crate-name panic_abort "*) set -- "$@" -C panic=abort ;; esac
exec "$@"
EOF
    chmod +x ${WORKDIR}/rustc-panic-abort
    export RUSTC_WRAPPER=${WORKDIR}/rustc-panic-abort
}
