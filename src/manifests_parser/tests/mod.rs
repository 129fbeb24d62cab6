//! Tests of the whole parser.

mod damaged;
