//! Vectors that lie as those of texts do: in topics, each with directions of its own in which its texts differ.
//!
//! Evenly random vectors would all be strangers to each other, and no index could find neighbours that do not exist.

pub(super) const DIMENSION: usize = 384;
const TOPICS: usize = 128;
/// Directions in which the texts of one topic differ.
const DIRECTIONS: usize = 32;
/// Length of what is evenly random, beside the topic of length 1 and the differences of about length 1.
const NOISE: f32 = 0.3;

/// A fast generator, the same everywhere (`SplitMix64`).
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or_default()
    }

    /// About normally distributed, with deviation 1.
    fn normal(&mut self) -> f32 {
        let sum: f32 = (0..4).map(|_| self.unit()).sum();
        (sum - 2.0) * 3.0_f32.sqrt()
    }

    /// From 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit exactly")]
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }
}

/// The topics.
#[derive(Debug)]
pub(super) struct Topics(Vec<Topic>);

#[derive(Debug)]
struct Topic {
    centre: Vec<f32>,
    directions: Vec<Vec<f32>>,
}

impl Topics {
    pub(super) fn new(random: &mut Random) -> Self {
        let topic = |random: &mut Random| Topic {
            centre: direction(random),
            directions: (0..DIRECTIONS).map(|_| direction(random)).collect(),
        };
        Self((0..TOPICS).map(|_| topic(random)).collect())
    }

    pub(super) fn any(&self, random: &mut Random) -> usize {
        random.below(self.0.len())
    }

    /// A text of this topic.
    #[expect(clippy::cast_precision_loss, reason = "small constants")]
    pub(super) fn draw(&self, topic: usize, random: &mut Random) -> Vec<f32> {
        let Topic { centre, directions } = &self.0[topic % self.0.len()];
        let even = NOISE / (DIMENSION as f32).sqrt();
        let mut vector: Vec<f32> = centre
            .iter()
            .map(|number| number + even * random.normal())
            .collect();
        let share = 1.0 / (DIRECTIONS as f32).sqrt();
        for direction in directions {
            let far = share * random.normal();
            for (number, along) in vector.iter_mut().zip(direction) {
                *number += far * along;
            }
        }
        normalised(vector)
    }
}

fn direction(random: &mut Random) -> Vec<f32> {
    normalised((0..DIMENSION).map(|_| random.normal()).collect())
}

fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = dot(&vector, &vector).sqrt();
    for number in &mut vector {
        *number /= length;
    }
    vector
}

/// The cosine of vectors of length 1.
pub(super) fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_one_topic_are_nearer_than_those_of_two() {
        let mut random = Random::new(1);
        let topics = Topics::new(&mut random);
        let mut mean = |one, other| {
            let pairs = (0..100).map(|_| {
                let first = topics.draw(one, &mut random);
                dot(&first, &topics.draw(other, &mut random))
            });
            pairs.sum::<f32>() / 100.0
        };
        let (same, strange) = (mean(3, 3), mean(3, 4));
        assert!(same > 0.35 && strange < 0.15, "{same} and {strange}");
    }
}
