//! One of several words, and what a wrong one was meant to be.

/// The width of a line of choices.
const WIDTH: usize = 80;

/// ``unknown key `timout`, did you mean `timeout`?`` and the choices on the lines after it. They are left out when one is
/// near and all of them would take more than one line.
#[must_use]
pub fn unknown(what: &str, found: &str, choices: &[&str]) -> String {
    let expected = format!("\nexpected {}", any_of(choices));
    match nearest(found, choices) {
        Some(choice) if expected.trim_start().contains('\n') => {
            format!("unknown {what} `{found}`, did you mean `{choice}`?")
        }
        Some(choice) => format!("unknown {what} `{found}`, did you mean `{choice}`?{expected}"),
        None => format!("unknown {what} `{found}`{expected}"),
    }
}

/// `` `a`, `b` or `c` ``, in lines of at most 80 characters.
#[must_use]
pub fn any_of(choices: &[&str]) -> String {
    let mut text = String::new();
    let mut width = 0;
    for (i, choice) in choices.iter().enumerate() {
        let (separator, word) = match choices.len() - i {
            _ if i == 0 => ("", ""),
            1 => ("", "or "),
            _ => (",", ""),
        };
        let piece = format!("{word}`{choice}`");
        text.push_str(separator);
        if i > 0 {
            let fits = width + piece.len() + " ,".len() <= WIDTH;
            text.push(if fits { ' ' } else { '\n' });
            width = if fits { width + 1 } else { 0 };
        }
        width += separator.len() + piece.len();
        text.push_str(&piece);
    }
    text
}

/// The choice that `found` most likely stands for.
#[must_use]
pub fn nearest<'a>(found: &str, choices: &[&'a str]) -> Option<&'a str> {
    let found = found.to_ascii_lowercase();
    if let Some(choice) =
        choices.iter().find(|choice| found.len() > 2 && choice.to_ascii_lowercase().starts_with(&found))
    {
        return Some(choice);
    }
    choices
        .iter()
        .map(|choice| (distance(&found, &choice.to_ascii_lowercase()), *choice))
        .filter(|(distance, choice)| *distance <= found.len().max(choice.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, choice)| choice)
}

/// How many letters must be inserted, removed, replaced, or swapped with their neighbour.
#[expect(clippy::indexing_slicing, reason = "each row has a column for each letter of `b`, and one more")]
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("timeout", "timeout", 0),
            ("timout", "timeout", 1),
            ("tiemout", "timeout", 1),
            ("prority", "priority", 1),
            ("kitten", "sitting", 3),
            ("µs", "ms", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn proposes_only_what_is_near() {
        let keys = ["priority", "timeout", "name", "phase", "crate"];
        assert_eq!(nearest("Timeout", &keys), Some("timeout"));
        assert_eq!(nearest("prio", &keys), Some("priority"));
        assert_eq!(nearest("prio", &["PRIORITY"]), Some("PRIORITY"));
        assert_eq!(nearest("p", &keys), None);
        assert_eq!(nearest("nam", &keys), Some("name"));
        assert_eq!(nearest("order", &keys), None);
        assert_eq!(nearest("x", &keys), None);
    }

    #[test]
    fn messages() {
        assert_eq!(
            unknown("phase", "teerdown", &["drain", "teardown"]),
            "unknown phase `teerdown`, did you mean `teardown`?\nexpected `drain` or `teardown`"
        );
        assert_eq!(unknown("phase", "late", &["drain"]), "unknown phase `late`\nexpected `drain`");
    }

    #[test]
    fn many_choices_are_wrapped() {
        let planets = ["mercury", "venus", "earth", "mars", "jupiter", "saturn", "uranus", "neptune", "pluto"];
        assert_eq!(
            unknown("planet", "vulcan", &planets),
            "unknown planet `vulcan`\n\
             expected `mercury`, `venus`, `earth`, `mars`, `jupiter`, `saturn`, `uranus`, `neptune`\n\
             or `pluto`"
        );
        assert_eq!(unknown("planet", "mras", &planets), "unknown planet `mras`, did you mean `mars`?");
    }
}
