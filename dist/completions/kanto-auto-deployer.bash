# Made from the help by tests/dist/completions.rs, which says how to make it again.
_kanto_auto_deployer() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    # --name=value comes as three words.
    if [[ $cur == '=' ]]; then
        cur=
    elif [[ $prev == '=' ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    case $prev in
        -s | --socket-cm | --state) ;;
        --format)
            mapfile -t COMPREPLY < <(compgen -W 'cm internal' -- "$cur")
            ;;
        -o | --output)
            mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur")
            ;;
        -j | --jobs | --connect-timeout | --create-timeout | --cm-grace | --stop-timeout | --settle)
            compopt +o default
            ;;
        *)
            if [[ $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '-d --daemon -n --dry-run --validate --render --from-kanto-cm --format --strict --prune -s --socket-cm -o --output -q --quiet -v --verbose -h --help -V --version --keep-existing --reapply --state --show-values -j --jobs --connect-timeout --create-timeout --cm-grace --stop-timeout --settle' -- "$cur")
            fi
            ;;
    esac
}
complete -o default -F _kanto_auto_deployer kanto-auto-deployer
