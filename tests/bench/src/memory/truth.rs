//! What a search should have found, calculated without the database.

use uuid::Uuid;

use super::crowd::{Crowd, Row};
use super::vectors::{Random, dot};

/// How many neighbours are asked for.
pub(super) const WANTED: usize = 10;

/// Who asks, and of which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The person who has a quarter of everything.
    Largest,
    /// Anybody else, each as often as the others.
    Others,
    /// The largest person, for memories of the last days only.
    Recent,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Largest, Self::Others, Self::Recent];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Largest => "one person with a quarter of all",
            Self::Others => "anybody else",
            Self::Recent => "the large one, last 30 days only",
        }
    }

    /// The age in days from which on a memory must not be found.
    pub(super) const fn days(self) -> Option<usize> {
        match self {
            Self::Recent => Some(30),
            Self::Largest | Self::Others => None,
        }
    }
}

/// A question of somebody.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) person: usize,
    pub(super) vector: Vec<f32>,
}

impl Question {
    /// Mostly of a topic that the person has something about, sometimes of any.
    pub(super) fn draw(kind: Kind, crowd: &Crowd, random: &mut Random) -> Self {
        let person = match kind {
            Kind::Largest | Kind::Recent => 0,
            Kind::Others => 1 + random.below(crowd.people.len() - 1),
        };
        let rows = &crowd.people[person].rows;
        let known = crowd.rows[rows[random.below(rows.len())]].topic;
        let topic = if random.below(4) == 0 {
            crowd.topics.any(random)
        } else {
            known
        };
        Self {
            person,
            vector: crowd.topics.draw(topic, random),
        }
    }

    /// The nearest chunks of that person, nearest first.
    pub(super) fn nearest(&self, kind: Kind, crowd: &Crowd) -> Vec<Uuid> {
        let mut near: Vec<(f32, Uuid)> = self
            .candidates(kind, crowd)
            .map(|row| (dot(&row.vector, &self.vector), row.chunk))
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0));
        near.truncate(WANTED);
        near.into_iter().map(|(_, chunk)| chunk).collect()
    }

    /// How many a complete answer has.
    pub(super) fn complete(&self, kind: Kind, crowd: &Crowd) -> usize {
        self.candidates(kind, crowd).take(WANTED).count()
    }

    fn candidates<'a>(&self, kind: Kind, crowd: &'a Crowd) -> impl Iterator<Item = &'a Row> {
        let rows = crowd.people[self.person].rows.iter();
        rows.map(|at| &crowd.rows[*at])
            .filter(move |row| kind.days().is_none_or(|days| row.age < days))
    }
}
