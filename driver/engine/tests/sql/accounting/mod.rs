//! Results checked against the simulated company's own books by an independent computation.

mod analyses;
mod books;
mod questions;
