//! Amazon ECS: each container of a task definition, also in a template of CloudFormation.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>

mod task;

use std::borrow::Cow;
use std::time::Duration;

use crate::error::Failure;
use crate::format::{Contents, File};
use crate::grant::{At, CommandLine, Grant, Platform, Question, Remark, Time, label};
use crate::model::{is_proxy_of, proxy_ends_first};
use crate::tree::Node;

use self::task::{Task, Value};
use super::remarks::{refused, unknown};
use super::variables::add_variable;
use super::{INIT, health_check};

pub(crate) fn recognises(file: &File<'_>) -> bool {
    file.tree.documents().any(|document| task::all(document).next().is_some())
}

pub(crate) fn read<'t>(files: &[&'t File<'t>], contents: &mut Contents<'t>) -> Result<(), Failure> {
    for task in files.iter().flat_map(|file| file.tree.documents()).flat_map(task::all) {
        let platform = platform(&task);
        let containers: Vec<_> = task.containers().map(|node| Container::new(&task, node)).collect();
        let proxies: Vec<_> = containers.iter().filter(|container| container.is_proxy).collect();
        for container in &containers {
            let mut grant = grant(&task, platform, container);
            grant.remarks.extend(ends_first(&task, container, &proxies));
            contents.grants.add(grant)?;
        }
    }
    Ok(())
}

fn platform(task: &Task<'_>) -> &'static Platform {
    match (task.is_fargate(), task.is_template()) {
        (false, false) => &Platform::ECS,
        (true, false) => &Platform::FARGATE,
        (false, true) => &Platform::ECS_TEMPLATE,
        (true, true) => &Platform::FARGATE_TEMPLATE,
    }
}

struct Container<'t> {
    node: Node<'t>,
    name: Cow<'t, str>,
    is_proxy: bool,
}

impl<'t> Container<'t> {
    fn new(task: &Task<'t>, node: Node<'t>) -> Self {
        let name = name(task, node);
        let image = task.get(node, "image").and_then(Node::text).unwrap_or_default();
        Self { node, is_proxy: is_proxy_of(&name, image), name }
    }
}

fn grant<'t>(task: &Task<'t>, platform: &'static Platform, container: &Container<'t>) -> Grant<'t> {
    let Container { node, name, .. } = container;
    let mut grant = Grant::new(platform, label("container", name), name.clone(), node.position());
    if let Some((key, value)) = task.entry(*node, "stopTimeout") {
        grant.time = time(task, key, value, &mut grant);
    }
    grant.command_line = command_line(task, *node);
    health_check(task, *node, &mut grant);
    environment(task, *node, &mut grant);
    grant
}

/// The name of a container. A template's functions stay, without their signs.
fn name<'t>(task: &Task<'t>, container: Node<'t>) -> Cow<'t, str> {
    match task.get(container, "name").map(|name| (name, task.value(name))) {
        Some((_, Value::Here(name))) => Cow::Borrowed(name.text().unwrap_or_default()),
        Some((name, Value::Elsewhere)) => Cow::Owned(name.text().unwrap_or_default().replace(['$', '{', '}'], "")),
        None => Cow::Borrowed(""),
    }
}

/// The finding about a proxy that gets its stop signal together with the program. ECS stops containers in the reverse
/// order of `dependsOn`.
fn ends_first(task: &Task<'_>, container: &Container<'_>, proxies: &[&Container<'_>]) -> Option<Remark> {
    if container.is_proxy {
        return None;
    }
    let depends_on = |name: &str| {
        let mut all = task.items_of(container.node, "dependsOn");
        all.any(|each| task.get(each, "containerName").and_then(Node::text) == Some(name))
    };
    let proxy = proxies.iter().find(|proxy| !depends_on(&proxy.name))?;
    let [depends_on, container_name] = match task.is_template() {
        true => ["DependsOn", "ContainerName"],
        false => ["dependsOn", "containerName"],
    };
    let advice =
        format!("name it as `{container_name}` in the program's `{depends_on}`: then it is stopped after the program");
    Some(proxy_ends_first(&proxy.name, proxy.node.position(), advice))
}

/// The time until SIGKILL. The agent takes 0 as not set.
fn time<'t>(task: &Task<'t>, key: Node<'t>, value: Node<'t>, grant: &mut Grant<'t>) -> Time {
    let position = key.position();
    let expected = "a whole number of seconds";
    let Value::Here(here) = task.value(value) else {
        grant.remarks.push(unknown(key, &task::written(value), expected));
        return Time::Unknown;
    };
    match task.int(here).map(u64::try_from) {
        Some(Ok(0)) => Time::Default(position),
        Some(Ok(seconds)) => Time::Set(At { value: Duration::from_secs(seconds), position }),
        _ => {
            grant.remarks.push(refused(grant.platform, key, value, expected));
            Time::Unknown
        }
    }
}

/// `entryPoint`, then `command`.
fn command_line<'t>(task: &Task<'t>, container: Node<'t>) -> Option<CommandLine<'t>> {
    let list = |key| task.entry(container, key).filter(|(_, list)| list.items().next().is_some());
    let (entry_point, command) = (list("entryPoint"), list("command"));
    let (key, _) = entry_point.or(command)?;
    let own = [entry_point, command].into_iter().flatten().flat_map(|(_, list)| list.items().filter_map(Node::text));
    let is_init = task.get(container, "linuxParameters").and_then(|linux| task.get(linux, "initProcessEnabled"));
    let init = if is_init.is_some_and(Node::is_true) { &INIT[..] } else { &[] };
    let words = init.iter().copied().chain(own).map(Cow::Borrowed).collect();
    Some(CommandLine { words, position: key.position(), has_command: entry_point.is_some() })
}

/// The health check. The service replaces a task whose essential container is unhealthy.
fn health_check<'t>(task: &Task<'t>, container: Node<'t>, grant: &mut Grant<'t>) {
    let Some((key, check)) = task.entry(container, "healthCheck") else { return };
    let command = task.items_of(check, "command");
    let texts: Vec<_> = command.filter_map(|item| Some((item.text()?, item.position()))).collect();
    let is_essential = task.get(container, "essential").is_none_or(Node::is_true);
    let question = if is_essential { Question::Liveness } else { Question::Readiness };
    let field = if task.is_template() { "HealthCheck" } else { "healthCheck" };
    health_check::add(grant, key.position(), field, question, &texts);
}

/// The variables. `environment` and `secrets` may not have the same names.
fn environment<'t>(task: &Task<'t>, container: Node<'t>, grant: &mut Grant<'t>) {
    for list in ["environment", "secrets"] {
        for variable in task.items_of(container, list) {
            let name = task.get(variable, "name").and_then(Node::text);
            let Some(name) = name else { continue };
            match task.entry(variable, "value").map(|(key, value)| (key, task.value(value))) {
                Some((key, Value::Here(value))) => add_variable(grant, name, key.position(), value.text()),
                _ => add_variable(grant, name, variable.position(), None::<&str>),
            }
        }
    }
}
