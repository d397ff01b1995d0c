//! The types of scalars without quotes, as Kubernetes' tools read them: YAML 1.1.

pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

pub(super) fn is_true(text: &str) -> bool {
    matches!(text, "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y")
}

fn is_false(text: &str) -> bool {
    matches!(text, "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N")
}

/// Whether the scalar is neither null, nor a boolean, nor a number.
pub(super) fn is_string(text: &str) -> bool {
    let is_number = int(text).is_some() || text.starts_with(is_numeric) && text.parse::<f64>().is_ok();
    !(is_null(text) || is_true(text) || is_false(text) || is_number)
}

fn is_numeric(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | '-' | '.')
}

/// A whole number, also written as `0x1E`, `0o36`, `036`, `1_000` or `30.0`.
pub(super) fn int(text: &str) -> Option<i64> {
    let digits = text.replace('_', "");
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) => (digits, 8),
        _ => (digits, 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let number = match i64::from_str_radix(digits, radix) {
        Ok(number) => number,
        Err(_) if radix == 10 => whole(digits)?,
        Err(_) => return None,
    };
    Some(if negative { -number } else { number })
}

/// A float without a fraction.
fn whole(text: &str) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;

    let number: f64 = text.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction, and is not greater than 2^53")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints() {
        for (text, number) in [
            ("30", 30),
            ("-5", -5),
            ("+5", 5),
            ("0", 0),
            ("0x1E", 30),
            ("0o36", 30),
            ("036", 30),
            ("1_000", 1_000),
            ("30.0", 30),
            ("3e1", 30),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(int(text), Some(number), "{text}");
        }
        for text in
            ["", "30s", "30.5", "0x", "0x-1", "0o8", "089", "--1", "ten", "1e999", "inf", "9223372036854775808", "é1"]
        {
            assert_eq!(int(text), None, "{text}");
        }
    }

    #[test]
    fn strings() {
        for text in ["api", "28s", "1.2.3", "nano", "infinity", "-", "50%"] {
            assert!(is_string(text), "{text}");
        }
        for text in ["", "~", "true", "no", "30", "1.5", "-1e3"] {
            assert!(!is_string(text), "{text}");
        }
    }
}
