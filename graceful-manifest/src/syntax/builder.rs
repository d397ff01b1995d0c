//! Builds the tree of a text.

use std::borrow::Cow;

use crate::error::{ErrorKind, Failure};
use crate::tree::{Id, Position, Tree, Value};

use super::places::Places;
use super::words::{Word, words};

/// A longer text is refused. The files of these syntaxes are written by hand.
const MAX_LENGTH: usize = 1024 * 1024;

/// A tree that is not complete. Places are bytes of the text.
pub(super) struct Builder<'a> {
    /// The name of the syntax, for messages.
    syntax: &'static str,
    places: Places<'a>,
    tree: Tree<'a>,
}

impl<'a> Builder<'a> {
    /// # Errors
    ///
    /// If the text is too long.
    pub(super) fn new(syntax: &'static str, text: &'a str, source: u32) -> Result<Self, Failure> {
        let places = Places::new(text, source);
        if text.len() > MAX_LENGTH {
            return Err(too_large(places.at(0)));
        }
        Ok(Self { syntax, places, tree: Tree::default() })
    }

    pub(super) fn add(&mut self, at: usize, value: Value<'a>) -> Result<Id, Failure> {
        let position = self.places.at(at);
        self.tree.add(position, value).ok_or_else(|| too_large(position))
    }

    /// Adds a text, which is not a number whatever it looks like.
    pub(super) fn text(&mut self, at: usize, text: impl Into<Cow<'a, str>>) -> Result<Id, Failure> {
        self.add(at, Value::Scalar { text: text.into(), plain: false })
    }

    pub(super) fn add_document(&mut self, id: Id) {
        self.tree.add_document(id);
    }

    pub(super) fn tree(self) -> Tree<'a> {
        self.tree
    }

    /// The words of a text.
    ///
    /// # Errors
    ///
    /// If a quote is not closed.
    pub(super) fn words<'w>(&self, at: usize, text: &'w str) -> Result<Vec<Word<'w>>, Failure> {
        words(text).ok_or_else(|| self.wrong(at, "a quote is not closed"))
    }

    pub(super) fn wrong(&self, at: usize, why: &str) -> Failure {
        Failure::syntax(self.syntax, self.places.at(at), why)
    }
}

fn too_large(position: Position) -> Failure {
    Failure::new(ErrorKind::TooLarge, "too large: more than 1 MiB").at(position)
}
