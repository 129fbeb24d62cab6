//! Has Kanto-CM loaded and restored its containers?
//!
//! Its socket opens before it has begun. A Create in the meantime can delete a stored container, and a Create or Remove
//! deadlocks Kanto-CM for good, and nothing in its API shows that. So before a run's first changing call its process is
//! asked (`process`): one that handles signals by now is ready. Where that cannot be seen, its List is watched until
//! nothing happens in it any more (`watch`).

mod process;
mod wait;
mod watch;

pub use wait::{is_ready, wait, Ready};
