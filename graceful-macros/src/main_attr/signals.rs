//! `signals = [SIGTERM, SIGINT]`

use graceful_core::Signal;
use quote::ToTokens;
use syn::Expr;

use crate::errors::{self, Errors};
use crate::value::Value;

/// The signals of the list. Each one that is unknown or repeated adds an error.
pub(super) fn parse(value: &Value, errors: &mut Errors) -> syn::Result<Vec<Signal>> {
    let mut signals = Vec::new();
    for element in value.list()? {
        match find(&element) {
            Err(message) => errors.at(element, message),
            Ok(signal) if signals.contains(&signal) => {
                errors.at(element, format_args!("repeated signal `{signal}`"));
            }
            Ok(signal) => signals.push(signal),
        }
    }
    Ok(signals)
}

fn find(element: &Expr) -> Result<Signal, String> {
    let found = element.to_token_stream().to_string();
    if let Ok(signal) = found.parse() {
        return Ok(signal);
    }
    let names = Signal::ALL.map(Signal::label);
    let bare = found.trim_matches('"').to_uppercase();
    let full = format!("SIG{bare}");
    Err(if ["SIGKILL", "SIGSTOP"].contains(&&*found) {
        format!("`{found}` cannot be handled\nexpected {}", errors::any_of(&names))
    } else if let Some(name) = names.into_iter().find(|name| [&bare, &full].contains(&&(*name).to_owned())) {
        format!("unknown signal `{found}`, did you mean `{name}`?\nexpected {}", errors::any_of(&names))
    } else {
        errors::unknown("signal", &found, &names)
    })
}
