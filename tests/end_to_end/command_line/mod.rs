//! What the command line asks for is what happens, and mistakes in it or in the manifests are named.

mod manifests;
mod options;
