//! Regular expressions as trees, their text, and a matcher that tries everything.

use crate::random::Random;
use std::collections::BTreeSet;
use std::fmt;

#[derive(Clone)]
pub enum Tree {
    Character(char),
    Any,
    Class(bool, Vec<(char, char)>),
    Sequence(Vec<Tree>),
    Alternatives(Vec<Tree>),
    Repeated(Box<Tree>, usize, Option<usize>),
    Interval(u32, u32),
}

impl Tree {
    pub fn random(random: &mut Random, depth: usize) -> Tree {
        let some = |random: &mut Random, least: usize| {
            let count = least + random.below(3);
            (0..count)
                .map(|_| Tree::random(random, depth - 1))
                .collect()
        };
        match random.below(if depth == 0 { 8 } else { 16 }) {
            0..5 => {
                Tree::Character(random.one_of(&['f', 'o', 'x', 'b', 'a', 'é', '.', '5', 'F', ' ']))
            }
            5 => Tree::Any,
            6 => {
                let ranges = random.one_of(&[
                    vec![('a', 'h')],
                    vec![('x', 'x'), ('0', '9')],
                    vec![('o', 'z'), ('B', 'G')],
                ]);
                Tree::Class(random.below(3) == 0, ranges)
            }
            7 => Tree::Interval(random.below(9) as u32, 3 + random.below(200) as u32),
            8..11 => Tree::Sequence(some(random, 1)),
            11..13 => Tree::Alternatives(some(random, 1)),
            _ => {
                let (least, most) = random.one_of(&[
                    (0, None),
                    (0, None),
                    (1, None),
                    (0, Some(1)),
                    (2, Some(2)),
                    (1, Some(3)),
                    (2, None),
                    (0, Some(0)),
                ]);
                Tree::Repeated(Box::new(Tree::random(random, depth - 1)), least, most)
            }
        }
    }

    pub fn matches_all(&self, text: &[char], fold: bool) -> bool {
        self.ends(text, 0, fold).contains(&text.len())
    }

    /// Where a match that starts at `start` may end.
    fn ends(&self, text: &[char], start: usize, fold: bool) -> BTreeSet<usize> {
        let one = |accepts: &dyn Fn(char) -> bool| {
            let accepted = text.get(start).is_some_and(|c| accepts(*c));
            accepted.then_some(start + 1).into_iter().collect()
        };
        match self {
            // The text is lower case already if case is ignored.
            Tree::Character(wanted) => one(&|found| {
                found
                    == if fold {
                        wanted.to_ascii_lowercase()
                    } else {
                        *wanted
                    }
            }),
            Tree::Any => one(&|_| true),
            Tree::Class(negated, ranges) => one(&|found| {
                let within = |c: char| {
                    ranges
                        .iter()
                        .any(|(first, last)| (*first..=*last).contains(&c))
                };
                let found = within(found) || fold && within(found.to_ascii_uppercase());
                found != *negated
            }),
            Tree::Sequence(parts) => parts.iter().fold(BTreeSet::from([start]), |starts, part| {
                starts
                    .iter()
                    .flat_map(|start| part.ends(text, *start, fold))
                    .collect()
            }),
            Tree::Alternatives(trees) => trees
                .iter()
                .flat_map(|tree| tree.ends(text, start, fold))
                .collect(),
            Tree::Repeated(tree, least, most) => {
                let mut ends = BTreeSet::new();
                let mut reached = BTreeSet::from([start]);
                // More repetitions than characters reach nothing new.
                for times in 0..=most.unwrap_or(least + text.len()) {
                    if times >= *least {
                        ends.extend(&reached);
                    }
                    reached = reached
                        .iter()
                        .flat_map(|start| tree.ends(text, *start, fold))
                        .collect();
                }
                ends
            }
            Tree::Interval(first, last) => (start + 1..=text.len())
                .filter(|end| {
                    let digits: String = text[start..*end].iter().collect();
                    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                    // Where both ends have as many digits, all numbers have.
                    let same = first.to_string().len() == last.to_string().len();
                    let fits = !same || digits.len() == first.to_string().len();
                    let within = |number| (*first.min(last)..=*first.max(last)).contains(&number);
                    plain && fits && digits.parse().is_ok_and(within)
                })
                .collect(),
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Character('.') => f.write_str("\\."),
            Tree::Character(character) => write!(f, "{character}"),
            Tree::Any => f.write_str("."),
            Tree::Class(negated, ranges) => {
                f.write_str(if *negated { "[^" } else { "[" })?;
                for (first, last) in ranges {
                    if first == last {
                        write!(f, "{first}")?;
                    } else {
                        write!(f, "{first}-{last}")?;
                    }
                }
                f.write_str("]")
            }
            Tree::Sequence(parts) => parts.iter().try_for_each(|part| match part {
                Tree::Alternatives(_) => write!(f, "({part})"),
                part => write!(f, "{part}"),
            }),
            Tree::Alternatives(trees) => {
                let texts: Vec<_> = trees.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join("|"))
            }
            Tree::Repeated(tree, least, most) => {
                write!(f, "({tree})")?;
                match (least, most) {
                    (0, None) => f.write_str("*"),
                    (1, None) => f.write_str("+"),
                    (0, Some(1)) => f.write_str("?"),
                    (least, None) => write!(f, "{{{least},}}"),
                    (least, Some(most)) if least == most => write!(f, "{{{least}}}"),
                    (least, Some(most)) => write!(f, "{{{least},{most}}}"),
                }
            }
            Tree::Interval(first, last) => write!(f, "<{first}-{last}>"),
        }
    }
}
