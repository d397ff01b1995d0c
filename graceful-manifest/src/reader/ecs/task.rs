//! A task definition, in the forms in which it is written.

use crate::tree::Node;

/// The type of a task definition in a template.
const TYPE: &str = "AWS::ECS::TaskDefinition";

/// A task definition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'t> {
    /// A mapping with the list of containers, or the list itself.
    node: Node<'t>,
    /// The template of CloudFormation, which writes all keys with a capital.
    template: Option<Node<'t>>,
}

/// A value, or a function of CloudFormation whose result is not in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'t> {
    Here(Node<'t>),
    Elsewhere,
}

/// The task definitions of a document: the input of `aws ecs register-task-definition`, the output of
/// `describe-task-definition`, a list of container definitions as Terraform takes it, or a template.
pub(super) fn all(document: Node<'_>) -> impl Iterator<Item = Task<'_>> {
    let own = [Some(document), document.get("taskDefinition")].into_iter().flatten();
    let own = own.filter(|node| node.get("containerDefinitions").is_some()).take(1);
    let list = is_list(document).then_some(document).into_iter();
    let resources = document.entries_of("Resources");
    let of_template = resources.filter_map(move |(_, resource)| {
        let is_task = resource.get("Type").and_then(Node::text) == Some(TYPE);
        is_task.then(|| Some(Task { node: resource.get("Properties")?, template: Some(document) }))?
    });
    own.chain(list).map(|node| Task { node, template: None }).chain(of_template)
}

/// A value of a template, for a message: `!Ref Grace`, or the name of the function.
pub(super) fn written(value: Node<'_>) -> String {
    let function = || value.entries().next().and_then(|(function, _)| function.text());
    let text = value.text().or_else(function).unwrap_or_default();
    value.tag().map_or_else(|| text.to_owned(), |tag| format!("!{tag} {text}"))
}

/// Whether the document is a list of container definitions.
fn is_list(document: Node<'_>) -> bool {
    let is_container = |item: Node<'_>| item.get("name").is_some() && item.get("image").is_some();
    document.items().next().is_some() && document.items().all(is_container)
}

impl<'t> Task<'t> {
    pub(super) fn containers(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.get(self.node, "containerDefinitions").unwrap_or(self.node).items()
    }

    /// Whether the task may run on Fargate.
    pub(super) fn is_fargate(&self) -> bool {
        self.items_of(self.node, "requiresCompatibilities").filter_map(Node::text).any(|name| name == "FARGATE")
    }

    pub(super) fn is_template(&self) -> bool {
        self.template.is_some()
    }

    pub(super) fn entry(&self, node: Node<'t>, key: &str) -> Option<(Node<'t>, Node<'t>)> {
        match key.split_at_checked(1).filter(|_| self.is_template()) {
            Some((first, rest)) => node.entry(&format!("{}{rest}", first.to_ascii_uppercase())),
            None => node.entry(key),
        }
    }

    pub(super) fn get(&self, node: Node<'t>, key: &str) -> Option<Node<'t>> {
        self.entry(node, key).map(|(_, value)| value)
    }

    pub(super) fn items_of(&self, node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.get(node, key).into_iter().flat_map(Node::items)
    }

    /// The value, or the default of the parameter that it refers to.
    pub(super) fn value(&self, node: Node<'t>) -> Value<'t> {
        let Some(template) = self.template else { return Value::Here(node) };
        let reference = match node.tag() {
            Some("Ref") => node.text(),
            Some(_) => return Value::Elsewhere,
            None if !node.is_mapping() => return Value::Here(node),
            None => node.get("Ref").and_then(Node::text),
        };
        let default = reference.and_then(|name| template.at(&["Parameters", name, "Default"]));
        default.map_or(Value::Elsewhere, Value::Here)
    }

    /// A whole number. A template may have it in quotes.
    pub(super) fn int(&self, node: Node<'t>) -> Option<i64> {
        node.int().or_else(|| node.text().filter(|_| self.is_template())?.parse().ok())
    }
}
