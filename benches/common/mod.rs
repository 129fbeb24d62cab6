//! What measurements have in common: runs, numbers and tables.

pub(crate) mod figures;
mod process;
pub(crate) mod run;
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

/// The numbers in this variable of the environment, by spaces.
pub(crate) fn numbers(variable: &str, otherwise: &str) -> Vec<usize> {
    let text = std::env::var(variable).unwrap_or_else(|_| otherwise.to_owned());
    let number = |word: &str| {
        word.parse()
            .unwrap_or_else(|_| panic!("{variable} is to be numbers, not {text:?}"))
    };
    text.split_whitespace().map(number).collect()
}
