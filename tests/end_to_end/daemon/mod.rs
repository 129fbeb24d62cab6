//! `--daemon`: follow the manifests for as long as the machine is up.

mod awake;
mod changing;
mod directory;
mod duplicates;
mod editors;
mod idle;
mod invalid;
mod jobs;
mod kanto_cm;
mod kanto_cm_restarts;
mod killed;
mod links;
mod mounts;
mod options;
mod pruning;
mod pruning_fuse;
mod recovering;
mod side_by_side;
mod signals;
mod surroundings;
mod systemd;
mod touching;
mod trouble;
mod trying_again;
mod worker;
mod writing;
