//! The pages of an index: how they look ([`page`]), how they are read and locked ([`buffer`]), changed so that a crash
//! or a standby sees all of a change or nothing ([`log`]), found and freed ([`space`]); what the first page says of the
//! others ([`meta`]), and the segments' pages as `quidditch_segment` wants them ([`segment`]). A segment that is being
//! built keeps what doesn't fit in memory in a temporary file ([`spill`]).
//!
//! **Order of locks**: the merge lock (a heavyweight lock, so that waiting for it is seen and interrupted), then the
//! first page, then the last page of the pending list, then a page that is new to everybody. Pages of segments are read
//! with a pin alone, for they never change; no lock is held while an index is searched.
//!
//! **Who may free a page**: see [`space`].

pub mod buffer;
pub mod log;
pub mod meta;
pub mod page;
pub mod segment;
pub mod space;
pub mod spill;
