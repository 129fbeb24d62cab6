//! What measurements have in common: the program under test, its process, numbers and tables.

pub(crate) mod figures;
pub(crate) mod process;
pub(crate) mod samples;
pub(crate) mod table;

/// The number in this variable of the environment.
pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is to be a number, not {text:?}")),
        Err(_) => otherwise,
    }
}
