//! What is not there is created, what does not run is started and watched, and what is up to date is left alone.

mod creating;
mod equality;
mod healing;
mod order;
mod other_agents;
mod ports;
mod scale;
mod settling;
mod updating;
