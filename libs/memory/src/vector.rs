//! What every vector goes through before it is kept.

/// The vector with length 1. None when it has no direction: it is zero, or holds what is no number.
pub(crate) fn normalised(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|n| n * n).sum::<f32>().sqrt();
    if !length.is_normal() {
        return None;
    }
    for number in &mut vector {
        *number /= length;
    }
    Some(vector)
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn a_vector_without_direction_is_none() {
        for odd in [
            vec![0.0, 0.0],
            vec![f32::NAN, 1.0],
            vec![f32::INFINITY, 1.0],
            vec![],
        ] {
            assert_eq!(normalised(odd), None);
        }
        assert_eq!(normalised(vec![3.0, 4.0]), Some(vec![0.6, 0.8]));
    }
}
