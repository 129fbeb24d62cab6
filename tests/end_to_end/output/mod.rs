//! What is printed and logged: the JSON document, the log, and no secrets in either.

mod document;
mod secrets;
mod standard_error;
