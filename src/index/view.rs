//! An index as one search sees it: the segments that were there when it began, and the documents that were pending. They
//! stay readable as long as the search's snapshot is held.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;

use pgrx::pg_sys;
use quidditch_query::{Dictionary, Statistics};
use quidditch_segment::{Clause, Field, FieldTotals, KeyRange, Segment};

use crate::callsite;
use crate::index::definition::{self, Definition};
use crate::index::recent::{self, MemorySegment};
use crate::report::{Code, Report};
use crate::storage::buffer::Relation;
use crate::storage::meta::Meta;
use crate::storage::segment::{SearchedPages, SegmentPages};

/// The segments.
pub struct View {
    pub definition: Rc<Definition>,
    /// Each with the block of its header.
    segments: Vec<(SearchedPages, u32)>,
    /// What it was made of, which others use as long as this is there.
    contents: Vec<Rc<Contents>>,
}

/// What an index consisted of when somebody looked, whoever has it open.
struct Contents {
    /// The segments in the file: generation, and the block of the header.
    segments: Vec<(u64, u32)>,
    recent: Vec<MemorySegment>,
}

/// Which rows a statement sees, as far as it tells statements from each other.
#[derive(Clone, PartialEq, Eq)]
struct Seen {
    xmin: u32,
    xmax: u32,
    running: Vec<u32>,
    command: u32,
}

impl Seen {
    /// What the active snapshot sees.
    fn now() -> Option<Seen> {
        // SAFETY: a snapshot has as many transactions as it says.
        unsafe {
            if !pg_sys::ActiveSnapshotSet() {
                return None;
            }
            let snapshot = &*pg_sys::GetActiveSnapshot();
            let of = |list: *const pg_sys::TransactionId, count: usize| match count {
                0 => &[][..],
                count => std::slice::from_raw_parts(list, count),
            };
            let running = of(snapshot.xip, snapshot.xcnt as usize).iter();
            let running = running.chain(of(snapshot.subxip, snapshot.subxcnt.max(0) as usize));
            Some(Seen {
                xmin: snapshot.xmin.into_inner(),
                xmax: snapshot.xmax.into_inner(),
                running: running.map(|xid| xid.into_inner()).collect(),
                command: snapshot.curcid,
            })
        }
    }
}

/// An index's file, and what was seen of it.
struct Known {
    index: u32,
    file: u32,
    seen: Seen,
    statement: pg_sys::TimestampTz,
    contents: Rc<Contents>,
}

thread_local! {
    /// The last indexes that were looked at. The order of a search and what the executor computes again of it must
    /// follow from the same statistics, and so do several uses of an index in one statement.
    static KNOWN: RefCell<VecDeque<Known>> = RefCell::default();
}

/// Of more nothing is remembered.
const MOST_KNOWN: usize = 8;

impl Contents {
    /// What there is; or what there was when this statement, or a scan that hasn't ended, looked at it by a snapshot that
    /// sees the same. What was there then can't have been used again since: nothing is while a transaction that was
    /// running, or is to come next, hasn't ended.
    fn of(relation: Relation, definition: &Definition) -> Result<Rc<Contents>, Report> {
        let (seen, statement) = (Seen::now(), callsite::message());
        let (index, file) = (relation.oid().to_u32(), relation.file_number());
        let known = KNOWN.with_borrow(|known| {
            let mut same = known
                .iter()
                .filter(|known| (known.index, known.file) == (index, file));
            let found = same.find(|known| {
                let is_in_use = Rc::strong_count(&known.contents) > 1;
                Some(&known.seen) == seen.as_ref() && (known.statement == statement || is_in_use)
            });
            found.map(|known| known.contents.clone())
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let contents = Rc::new(Contents::now(relation, definition)?);
        if let Some(seen) = seen {
            KNOWN.with_borrow_mut(|known| {
                known.truncate(MOST_KNOWN - 1);
                known.push_front(Known {
                    index,
                    file,
                    seen,
                    statement,
                    contents: contents.clone(),
                });
            });
        }
        Ok(contents)
    }
}

impl Contents {
    fn now(relation: Relation, definition: &Definition) -> Result<Contents, Report> {
        let meta = Meta::read(relation)?;
        let segments = meta.segments.iter();
        Ok(Contents {
            segments: segments
                .map(|segment| (segment.generation, segment.root))
                .collect(),
            recent: recent::documents(relation, &meta, definition)?,
        })
    }
}

impl View {
    /// Looks at the index as the active snapshot does.
    pub fn of(relation: Relation) -> Result<View, Report> {
        let definition = definition::of(relation)?;
        let contents = Contents::of(relation, &definition)?;
        Ok(View::new(relation, definition, contents))
    }

    /// Looks at the index as it is now.
    pub fn now(relation: Relation) -> Result<View, Report> {
        let definition = definition::of(relation)?;
        let contents = Rc::new(Contents::now(relation, &definition)?);
        Ok(View::new(relation, definition, contents))
    }

    fn new(relation: Relation, definition: Rc<Definition>, contents: Rc<Contents>) -> View {
        let file = contents.segments.iter().map(|(generation, root)| {
            let pages = SegmentPages::new(relation, *generation);
            (SearchedPages::File(pages), *root)
        });
        let recent = contents.recent.iter();
        let recent =
            recent.map(|segment| (SearchedPages::Memory(segment.pages.clone()), segment.root));
        View {
            segments: file.chain(recent).collect(),
            definition,
            contents: vec![contents],
        }
    }

    /// Looks at several indexes as if they were one.
    pub fn of_all(relations: impl Iterator<Item = Relation>) -> Result<View, Report> {
        let mut all: Option<View> = None;
        for relation in relations {
            let view = View::of(relation)?;
            match &mut all {
                None => all = Some(view),
                Some(all) => {
                    all.segments.extend(view.segments);
                    all.contents.extend(view.contents);
                }
            }
        }
        all.ok_or_else(|| {
            Report::new(
                Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                "the partitioned index has no partitions",
            )
        })
    }

    /// Opens the segments.
    pub fn open(&self) -> Result<OpenView<'_>, Report> {
        let segments = self
            .segments
            .iter()
            .map(|(pages, root)| Segment::open(pages, *root));
        Ok(OpenView {
            segments: segments.collect::<Result<_, _>>()?,
        })
    }
}

/// The segments, open.
pub struct OpenView<'v> {
    pub segments: Vec<Segment<'v, SearchedPages>>,
}

impl OpenView<'_> {
    /// How many documents there are, those that VACUUM found dead included.
    pub fn documents(&self) -> u64 {
        let segments = self.segments.iter();
        segments.map(|segment| u64::from(segment.documents())).sum()
    }

    /// About how many documents match.
    pub fn estimate(&self, clause: &Clause) -> Result<f64, Report> {
        let mut sum = 0.0;
        for segment in &self.segments {
            sum += segment.estimate(clause)?;
        }
        Ok(sum)
    }
}

impl Statistics for OpenView<'_> {
    type Error = Report;

    fn field_totals(&self, field: &Field) -> Result<FieldTotals, Report> {
        let mut totals = FieldTotals::default();
        for segment in &self.segments {
            let part = segment.field_totals(field)?;
            totals.documents += part.documents;
            totals.tokens += part.tokens;
        }
        Ok(totals)
    }

    fn document_frequency(&self, key: &[u8]) -> Result<u64, Report> {
        let mut sum = 0;
        for segment in &self.segments {
            sum += u64::from(segment.document_frequency(key)?);
        }
        Ok(sum)
    }

    fn text_fields(&self, visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> Result<(), Report> {
        for segment in &self.segments {
            // From field to field, past all their other terms.
            let mut from = Vec::new();
            loop {
                let terms = segment.terms(&from)?;
                let Some(key) = terms.key() else { break };
                let Some(field) = Field::of_key(key) else {
                    break;
                };
                // Nobody can name those whose paths were cut.
                if field.is_exact()
                    && segment.document_frequency(field.length().as_bytes())? > 0
                    && visit(field.as_bytes()).is_break()
                {
                    return Ok(());
                }
                // Past all of its own terms, to those of the fields below it.
                from = field.below().from;
            }
        }
        Ok(())
    }
}

impl Dictionary for OpenView<'_> {
    type Error = Report;

    fn terms(
        &self,
        range: &KeyRange,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Report> {
        let cursors = self
            .segments
            .iter()
            .map(|segment| segment.terms(&range.from));
        let mut cursors = cursors.collect::<Result<Vec<_>, _>>()?;
        let mut key = Vec::new();
        loop {
            let firsts = cursors.iter().filter_map(|cursor| cursor.key());
            let Some(first) = firsts.min().filter(|key| **key < *range.until) else {
                return Ok(());
            };
            quidditch_document::step(5);
            key.clear();
            key.extend_from_slice(first);
            if visit(&key).is_break() {
                return Ok(());
            }
            for cursor in &mut cursors {
                if cursor.key() == Some(&key) {
                    cursor.advance()?;
                }
            }
        }
    }
}
