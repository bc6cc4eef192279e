//! Positions in a text, for messages.

/// The line and the column, in characters and from 1, of the byte `offset` of `text`.
pub fn of_offset(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::of_offset;

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        assert_eq!(of_offset("ab", 0), (1, 1));
        assert_eq!(of_offset("é\nüb", "é\nü".len()), (2, 2));
        assert_eq!(of_offset("a\n", 2), (2, 1));
    }
}
