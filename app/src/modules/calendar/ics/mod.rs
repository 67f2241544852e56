//! Other people's calendars: what they are told of ours (`write`), and when theirs say that somebody is busy (`read`).
//! The crates that parse and repeat, and their types of time, stay in this folder.

pub mod read;
mod repeat;
pub mod source;
pub mod write;
mod zones;
