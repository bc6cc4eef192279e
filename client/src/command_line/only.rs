//! What `--only` names.
//!
//! Not here: what becomes of the names, which is the commands' business.

/// The names after `--only`: one each, or several with commas between. A name may have a comma itself; if such a secret is
/// `there`, it is meant.
pub fn names(given: &[String], there: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for given in given {
        if there.contains(given) {
            names.push(given.clone());
        } else {
            let parts = given.split(',').map(str::trim).filter(|part| !part.is_empty());
            names.extend(parts.map(str::to_owned));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &[&str], there: &[&str], expected: &[&str]) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&owned(given), &owned(there)), owned(expected));
    }

    #[test]
    fn names_are_split_at_commas_unless_one_has_a_comma() {
        check(&["A"], &[], &["A"]);
        check(&["A,B", "C"], &["A", "B"], &["A", "B", "C"]);
        check(&["A, B,"], &[], &["A", "B"]);
        check(&["A,B", "C,D"], &["A,B"], &["A,B", "C", "D"]);
    }
}
