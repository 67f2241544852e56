//! What the product promises, against the real router, on SQLite and on PostgreSQL.

mod accounts;
mod api;
mod attacks;
mod audit;
mod bad_input;
mod booking;
mod command_line;
mod device;
mod docs;
mod encryption;
mod independence;
mod live;
mod mail;
mod outsider;
mod page_cache;
mod passkeys;
mod people;
mod postgres;
mod recovery;
mod schema;
mod second_factor;
mod settings;
mod sqlguard;
mod statements;
mod states;
mod support;
