//! "Did you mean": the known word nearest to a misspelled one.

/// Longer words aren't compared, in bytes.
const LONGEST: usize = 100;

/// The candidate that differs from `word` in its case alone, or else least, by at most a third of its letters.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance takes time by the product of the lengths.
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    let most = word.chars().count() / 3;
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= most && !candidate.is_empty())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
