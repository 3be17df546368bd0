//! Throughput of the analyzers. Run with `cargo bench -p quidditch-analysis`.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use quidditch_analysis::Analyzer;
use std::hint::black_box;
use std::ops::ControlFlow;

/// Numbers that are the same in each run.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }
}

/// What prose of a language is made of.
struct Prose {
    name: &'static str,
    frequent: &'static str,
    roots: &'static str,
    endings: &'static str,
}

const PROSES: [Prose; 4] = [
    Prose {
        name: "english",
        frequent: "the of and to in a is that it was for on are with as at be this from by not or",
        roots: "hous work day part number water word child develop govern nation form interest thought \
                light bear connect hear plan play point relat report run service state \
                support talk travel turn use walk want write broom match catch goal seek beat chas keep",
        endings: " s ed ing er ers ly ation ations ment ments ness ful fully able ive ity al ally ism ist",
    },
    Prose {
        name: "french",
        frequent: "de la le et les des en un une du que est pour qui dans par sur pas l'un d'une",
        roots: "maison travail développ gouvern nation form intér lumièr connect enten plan jou point rapport \
                servic étud élèv forêt garçon naïv",
        endings: " s e es er ez ait aient ement ements ation ations eur eurs ité ités if ive é ées",
    },
    Prose {
        name: "russian",
        frequent: "и в не на я быть с он что а это по к из у за от так же",
        roots: "дом работ день част числ вод слов развит прав народ форм интерес мысл свет связ план игр точк",
        endings: " а ы у ом ами ах ов ость ости ный ная ное ные ать ает ают ил ила или ение ения",
    },
    Prose {
        name: "typographic english",
        frequent: "the of and to in a is that it was for on “are” with as at be this from by not – it’s",
        roots: "hous work day part number water word child develop govern nation form interest thought",
        endings: " s ed ing er ers ly ation ations ment ments ness ful fully able ive ity al ally ism ist",
    },
];

impl Prose {
    /// Sentences, with half their words among the frequent ones and a long tail in the other half.
    fn text(&self, bytes: usize) -> String {
        let split = |words: &'static str| words.split(' ').collect::<Vec<_>>();
        let frequent = split(self.frequent);
        let (roots, endings) = (split(self.roots), split(self.endings));
        let mut random = Seeded(1);
        let mut text = String::new();
        while text.len() < bytes {
            let words = 5 + random.below(20);
            for position in 0..words {
                let start = text.len();
                if random.below(2) == 0 {
                    text += frequent[random.below(frequent.len())];
                } else {
                    let limit = 1 + random.below(roots.len());
                    text += roots[random.below(limit)];
                    text += endings[random.below(endings.len())];
                }
                if position == 0 {
                    let capital = text.remove(start).to_uppercase().to_string();
                    text.insert_str(start, &capital);
                }
                text += match random.below(12) {
                    0 => ", ",
                    _ => " ",
                };
            }
            text.pop();
            text += ". ";
        }
        text
    }
}

fn count(analyzer: &Analyzer, text: &str) -> usize {
    let mut bytes = 0;
    let _ = analyzer.tokens(text, &mut |token| {
        bytes += token.text.len();
        ControlFlow::Continue(())
    });
    bytes
}

fn analyze(criterion: &mut Criterion) {
    for prose in PROSES {
        let text = prose.text(1 << 20);
        let mut group = criterion.benchmark_group(prose.name);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.sample_size(20);
        let language = prose.name.trim_start_matches("typographic ");
        for name in [
            "standard",
            language,
            "simple",
            "whitespace",
            "edge_ngram(2,10)",
            "ngram(3,3)",
        ] {
            let analyzer = Analyzer::named(name).expect("a known name");
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| count(&analyzer, black_box(&text)));
            });
        }
    }
}

/// As rows of a table are: many short texts.
fn short(criterion: &mut Criterion) {
    let text = "Quality Quaffle, red leather (size 5)";
    let mut group = criterion.benchmark_group("short");
    group.throughput(Throughput::Bytes(text.len() as u64));
    for name in ["standard", "english", "keyword"] {
        let analyzer = Analyzer::named(name).expect("a known name");
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| count(&analyzer, black_box(text)));
        });
    }
}

criterion_group!(benches, analyze, short);
criterion_main!(benches);
