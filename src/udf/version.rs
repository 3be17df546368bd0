//! Versions: semantic versioning (semver.org, 2.0.0), ordered by its precedence.

use semver::Version;

use crate::report::Report;

/// Parses a version a user gave.
pub fn parse(text: &str) -> Result<Version, Report> {
    Version::parse(text).map_err(|error| {
        Report::invalid(format!("invalid version {text:?}: {error}")).hint(
            "Versions follow semantic versioning: major.minor.patch, as in 1.0.0 or 2.1.0-beta.1.",
        )
    })
}

/// The longest version that can be registered, in bytes: it has to fit into an index, a function's body, a label.
const LONGEST: usize = 64;

/// Checks a version that a UDF is to be registered under.
pub fn check(text: &str) -> Result<(), Report> {
    parse(text)?;
    if text.len() > LONGEST {
        return Err(Report::invalid(format!(
            "the version has {} bytes, more than {LONGEST}",
            text.len()
        )));
    }
    Ok(())
}

/// Which of the versions is meant by none: the highest that is not a pre-release, else the highest.
pub fn latest<'a>(versions: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    versions
        .into_iter()
        .filter_map(|text| Some((Version::parse(text).ok()?, text)))
        .max_by_key(|(version, _)| (version.pre.is_empty(), version.clone()))
        .map(|(_, text)| text)
}

/// Sorts newest first.
pub fn sort_descending<T>(items: &mut [T], version: impl Fn(&T) -> &str) {
    items.sort_by_cached_key(|item| std::cmp::Reverse(Version::parse(version(item)).ok()));
}
