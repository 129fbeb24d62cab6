//! The rules of Kanto-CM that need no clock, disk or thread: what is filled in, what is refused, how a state follows
//! another, who is started again, who may bind which port, what a host name leads to.

pub(crate) mod defaults;
pub(crate) mod hosts;
pub(crate) mod identifier;
pub(crate) mod ports;
pub(crate) mod restart;
pub(crate) mod size;
pub(crate) mod status;
pub(crate) mod stop;
pub(crate) mod validation;
