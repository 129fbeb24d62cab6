//! A container whose manifest is gone is removed with `--prune`, and nothing else ever is.

mod fuse;
mod removing;
