//! Whose memories there are: many people, most with few, one with a quarter of all.

use uuid::Uuid;

use super::vectors::{Random, Topics};

/// The largest person has one in this many of all vectors.
const LARGEST: usize = 4;
/// There is one person for this many vectors, on average.
const PER_PERSON: usize = 250;
/// Memories were made within this many days.
const DAYS: usize = 365;

/// Somebody, with the places of their rows.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: Uuid,
    pub(super) rows: Vec<usize>,
}

/// A memory of one chunk.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) chunk: Uuid,
    pub(super) memory: Uuid,
    pub(super) person: usize,
    /// How many days ago it was made.
    pub(super) age: usize,
    pub(super) topic: usize,
    pub(super) vector: Vec<f32>,
}

/// Everybody and everything.
#[derive(Debug)]
pub(super) struct Crowd {
    pub(super) workspace: Uuid,
    pub(super) topics: Topics,
    /// The first is the largest.
    pub(super) people: Vec<Person>,
    /// In the order in which they are stored: everybody's mixed, as time mixes them.
    pub(super) rows: Vec<Row>,
}

impl Crowd {
    pub(super) fn new(size: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let topics = Topics::new(&mut random);
        let mut owners = owners(size);
        for at in (1..owners.len()).rev() {
            owners.swap(at, random.below(at + 1));
        }
        let count = owners.iter().max().map_or(0, |last| last + 1);
        let mut people: Vec<Person> = (0..count)
            .map(|_| Person {
                id: Uuid::now_v7(),
                rows: Vec::new(),
            })
            .collect();
        let rows = owners.into_iter().enumerate().map(|(at, person)| {
            people[person].rows.push(at);
            let topic = topics.any(&mut random);
            Row {
                chunk: Uuid::now_v7(),
                memory: Uuid::now_v7(),
                person,
                age: random.below(DAYS),
                topic,
                vector: topics.draw(topic, &mut random),
            }
        });
        let rows = rows.collect();
        Self {
            workspace: Uuid::now_v7(),
            topics,
            people,
            rows,
        }
    }
}

/// Who owns each row: the first person a quarter, the others less and less by their rank.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of a count"
)]
fn owners(size: usize) -> Vec<usize> {
    let people = (size / PER_PERSON).clamp(10, 1_000);
    let mut owners = vec![0; size / LARGEST];
    let weights: Vec<f64> = (1..people).map(|rank| (rank as f64).powf(-0.8)).collect();
    let whole: f64 = weights.iter().sum();
    let rest = size - owners.len();
    for (at, weight) in weights.iter().enumerate() {
        let share = ((weight / whole) * rest as f64) as usize;
        owners.extend(std::iter::repeat_n(at + 1, share.max(1)));
    }
    // What rounding left goes to the last.
    owners.resize(size, people - 1);
    owners
}

#[cfg(test)]
mod tests {
    use super::owners;

    #[test]
    fn one_has_a_quarter_and_everybody_has_something() {
        let owners = owners(10_000);
        assert_eq!(owners.len(), 10_000);
        let of = |person| owners.iter().filter(|it| **it == person).count();
        assert_eq!(of(0), 2_500);
        assert!((0..40).all(|person| of(person) > 0));
        assert!(of(1) > 5 * of(30));
    }
}
