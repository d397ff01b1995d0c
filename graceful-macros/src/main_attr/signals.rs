//! `signals = [SIGTERM, SIGINT]`

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::Expr;

use crate::errors::{self, Errors};
use crate::value::Value;

/// A name, and the variant of `graceful::Signal`.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Signal {
    pub(super) name: &'static str,
    variant: &'static str,
}

const ALL: [Signal; 6] = [
    Signal { name: "SIGTERM", variant: "Terminate" },
    Signal { name: "SIGINT", variant: "Interrupt" },
    Signal { name: "SIGHUP", variant: "Hangup" },
    Signal { name: "SIGQUIT", variant: "Quit" },
    Signal { name: "SIGUSR1", variant: "User1" },
    Signal { name: "SIGUSR2", variant: "User2" },
];

impl Signal {
    pub(super) fn variant(self) -> Ident {
        format_ident!("{}", self.variant)
    }
}

/// Every signal that can be understood; an error for each of the others.
pub(super) fn parse(value: &Value, errors: &mut Errors) -> Option<Vec<Signal>> {
    let list = errors.check(value.list())?;
    let mut signals = Vec::new();
    for element in list {
        match find(&element) {
            Err(message) => errors.at(element, message),
            Ok(signal) if signals.contains(&signal) => {
                errors.at(element, format_args!("repeated signal `{}`", signal.name));
            }
            Ok(signal) => signals.push(signal),
        }
    }
    Some(signals)
}

fn find(element: &Expr) -> Result<Signal, String> {
    let found = element.to_token_stream().to_string();
    if let Some(signal) = ALL.into_iter().find(|signal| signal.name == found) {
        return Ok(signal);
    }
    let names = ALL.map(|signal| signal.name);
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
