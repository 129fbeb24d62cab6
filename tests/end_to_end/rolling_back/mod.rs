//! A new container that fails is taken back, and is not tried again until it changes or somebody asks for it.

mod badly;
mod reasons;
mod remembered;
mod restoring;
