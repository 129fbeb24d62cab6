//! The help, which is also the list of all options.

/// What `--help` prints, with this line for `--daemon`.
macro_rules! help {
    ($daemon:literal) => {
        concat!(
            "\
Deploys a directory of container manifests (*.json) to Eclipse Kanto
container-management (Kanto-CM): creates missing containers, starts stopped
ones and replaces changed ones, with a rollback if the new one fails.

Usage: kanto-auto-deployer [OPTIONS] [MANIFESTS_PATH]...
       kanto-auto-deployer --validate [--strict] [MANIFESTS_PATH]...
       kanto-auto-deployer --render [--format cm|internal] [MANIFESTS_PATH]...
       kanto-auto-deployer --render --from-kanto-cm [NAME]...

  MANIFESTS_PATH  directory of *.json manifests, or one manifest file;
                  a file of a later one takes the place of an earlier one's
                  [default: /data/var/containers/manifests]

Common options:
",
            $daemon,
            "\
\x20 -n, --dry-run               print what would be done and why, change nothing
      --validate              check the manifests, without Kanto-CM
      --render                print the manifests as they would be deployed,
                              layers and drop-ins applied, values in full
      --from-kanto-cm         with --render: print manifests of Kanto-CM's
                              containers, of all or of those with these names
      --format cm|internal    with --render: the format; cm says only what
                              differs from the defaults [default: cm]
      --strict                treat warnings about a manifest as errors
      --prune                 remove a container that was deployed from here
                              when its manifest is gone
  -s, --socket-cm PATH        Kanto-CM's socket
                [default: /run/container-management/container-management.sock]
  -o, --output text|json      form of the result on standard output
                              [default: text]
  -q, --quiet                 log errors only
  -v, --verbose               log more; -vv: everything, gRPC included
  -h, --help                  print this
  -V, --version               print the version

Containers that differ from their manifests:
      --keep-existing         never touch a container that exists, only start it
      --reapply               ignore the state file: apply again what differs,
                              try again what was rolled back
      --state FILE            state file: what was applied; none: do without
                          [default: /var/lib/kanto-auto-deployer/applied.json]
      --show-values           print the values of environment variables, not
                              only their names

Times and limits:
  -j, --jobs N                creates (image pulls) and starts at a time
                              [default: 16]
      --connect-timeout SECS  wait for Kanto-CM to answer; a daemon waits as
                              long as it takes, unless this is given
                              [default: 30]
      --create-timeout SECS   deadline of one create, image pull included
                              [default: 600]
      --cm-grace SECS         wait until a Kanto-CM younger than this has
                              restored its containers; 0: never [default: 60]
      --stop-timeout SECS     grace period before SIGKILL when a container is
                              replaced or removed [default: 10]
      --settle SECS           watch started containers this long, and roll back
                              a replacement that fails; 0: do not [default: 3]

The log goes to standard error; RUST_LOG=error|warn|info|debug|trace sets its
level.

Exit codes: 0 all manifests are up to date, 1 a manifest failed, 2 usage,
3 Kanto-CM not reachable, 4 manifests not readable, 128 + N ended by signal N.
"
        )
    };
}

/// What `--help` prints.
#[cfg(feature = "filewatcher")]
pub const HELP: &str =
    help!("  -d, --daemon                deploy, then keep watching the manifests\n");
/// What `--help` prints.
#[cfg(not(feature = "filewatcher"))]
pub const HELP: &str = help!("");

/// Every option that the help names.
pub(super) fn option_names() -> impl Iterator<Item = &'static str> {
    HELP.lines()
        .flat_map(|line| {
            line.split([' ', ','])
                .take_while(|word| word.is_empty() || word.starts_with('-'))
        })
        .filter(|word| word.starts_with('-'))
}

/// Does the help show a value behind this long option?
pub(super) fn takes_value(option: &str) -> bool {
    HELP.lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
        .any(|line| {
            let mut words = line.split(' ').skip_while(|&word| word != option);
            words.next().is_some() && words.next().is_some_and(|value| !value.is_empty())
        })
}
