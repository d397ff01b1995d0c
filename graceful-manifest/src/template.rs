//! Texts that a program has to fill in before a platform can read them.

use crate::grant::At;

/// The language of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    /// `{{ .Values.replicas }}`
    Helm,
    /// `${REPLICAS}`, `$REPLICAS` or `@REPLICAS@`
    Variables,
}

impl Template {
    /// The language of a text that is not rendered, in a field where such a text means nothing else.
    pub(crate) fn of(text: &str) -> Option<Self> {
        if text.contains("{{") {
            return Some(Self::Helm);
        }
        let is_variable = text.strip_prefix('$').is_some_and(is_name);
        let is_variables = text.contains("${") || is_variable || length_of_at(text) == Some(text.len());
        is_variables.then_some(Self::Variables)
    }

    /// What to do with the template.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Helm => {
                "a template must be rendered before the check: `helm template . | cargo graceful check BINARY -f -`"
            }
            Self::Variables => {
                "the variables of a template must be replaced before the check: `envsubst < FILE | cargo graceful check \
                 BINARY -f -`"
            }
        }
    }

    /// The template that may have caused a syntax error at `offset`, on its line or the line before, and where it begins.
    pub(crate) fn before(text: &str, offset: usize) -> Option<(usize, Self)> {
        // The error may be at the second brace.
        let end = offset.saturating_add(2).min(text.len());
        let until = text.as_bytes().get(..end)?;
        let last = |pair: &[u8]| until.windows(2).rposition(|each| each == pair);
        let at = text.get(offset..).and_then(length_of_at).map(|_| offset);
        let found = [(last(b"{{"), Self::Helm), (last(b"${"), Self::Variables), (at, Self::Variables)];
        let (start, template) =
            found.into_iter().filter_map(|(start, kind)| Some((start?, kind))).max_by_key(|it| it.0)?;
        let lines = until.get(start..)?.iter().filter(|&&byte| byte == b'\n').count();
        (lines <= 1).then_some((start, template))
    }
}

/// A template at a place.
pub(crate) type Unrendered = At<Template>;

/// The length of `@NAME@` at the beginning of the text.
fn length_of_at(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('@')?;
    let end = rest.find('@')?;
    is_name(&rest[..end]).then_some(end + 2)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_be_rendered() {
        for text in ["{{ .Values.a }}", "a-{{b}}"] {
            assert_eq!(Template::of(text), Some(Template::Helm), "{text}");
        }
        for text in ["${A}", "a-${A:-1}", "$A_1", "@A@"] {
            assert_eq!(Template::of(text), Some(Template::Variables), "{text}");
        }
        for text in ["", "a", "$", "$(A)", "$$", "@", "@@", "a@b", "@A", "@A@b", "5$"] {
            assert_eq!(Template::of(text), None, "{text}");
        }
    }

    #[test]
    fn what_stands_before_an_error() {
        assert_eq!(Template::before("a: @A@", 3), Some((3, Template::Variables)));
        assert_eq!(Template::before("a: [${A}]", 5), Some((4, Template::Variables)));
        assert_eq!(Template::before("{{ a }}\nb: [", 11), Some((0, Template::Helm)));
        assert_eq!(Template::before("{{ a }}\n\nb: [", 12), None);
        assert_eq!(Template::before("a: @b", 3), None);
        assert_eq!(Template::before("é", 9), None);
    }
}
