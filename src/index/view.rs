//! An index as one search sees it: the segments that were there when it began, and the documents that were pending. They
//! stay readable as long as the search's snapshot is held.

use std::ops::ControlFlow;
use std::rc::Rc;

use quidditch_query::{Dictionary, Statistics};
use quidditch_segment::{Clause, Field, FieldTotals, KeyRange, Segment};

use crate::index::definition::{self, Definition};
use crate::index::recent;
use crate::report::{Code, Report};
use crate::storage::buffer::Relation;
use crate::storage::meta::Meta;
use crate::storage::segment::{SearchedPages, SegmentPages};

/// The segments.
pub struct View {
    pub definition: Rc<Definition>,
    /// Each with the block of its header.
    segments: Vec<(SearchedPages, u32)>,
}

impl View {
    /// Looks at the index now. A snapshot is active.
    pub fn of(relation: Relation) -> Result<View, Report> {
        let definition = definition::of(relation)?;
        let meta = Meta::read(relation)?;
        let recent = recent::documents(relation, &meta, &definition)?;
        let file = meta.segments.iter().map(|segment| {
            let pages = SegmentPages::new(relation, segment.generation);
            (SearchedPages::File(pages), segment.root)
        });
        let recent = recent
            .into_iter()
            .map(|segment| (SearchedPages::Memory(segment.pages), segment.root));
        Ok(View {
            definition,
            segments: file.chain(recent).collect(),
        })
    }

    /// Looks at several indexes as if they were one.
    pub fn of_all(relations: impl Iterator<Item = Relation>) -> Result<View, Report> {
        let mut all: Option<View> = None;
        for relation in relations {
            let view = View::of(relation)?;
            match &mut all {
                None => all = Some(view),
                Some(all) => all.segments.extend(view.segments),
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
