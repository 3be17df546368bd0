//! Searching documents: the operator `document @@@ query`.

mod matches;
