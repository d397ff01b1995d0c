//! Docker Compose: each service, as the files define it together.
//!
//! <https://docs.docker.com/reference/compose-file/services/>

mod command;
mod duration;
pub(crate) mod env_file;
mod environment;
mod interpolation;
mod layers;
mod project;
mod words;

use std::borrow::Cow;

use crate::error::Failure;
use crate::format::{Contents, File, Skip};
use crate::grant::{At, Grant, Platform, Question, Remark, Time, label, signal_name};
use crate::tree::Node;

use self::duration::{Wait, wait};
use self::interpolation::interpolate;
use self::layers::Layers;
use self::project::{Project, Service};
use super::health_check;
use super::remarks::{refused, unknown};

pub(crate) fn recognises(file: &File<'_>) -> bool {
    file.tree.documents().any(project::is_compose)
}

/// Reads all files as one project, as `docker compose -f a.yaml -f b.yaml` does.
pub(crate) fn read<'t>(files: &[&'t File<'t>], contents: &mut Contents<'t>) -> Result<(), Failure> {
    let project = Project::new(files, &mut contents.skipped);
    for service in project.services()? {
        let object = label("service", service.name);
        let position = service.key.position();
        if service.layers.entry("provider").is_some() {
            let reason = "a provider runs it, not a container".to_owned();
            contents.skipped.push(Skip { position, object, reason });
        } else {
            let env_files = project.env_files(&service.layers, &mut contents.skipped);
            contents.grants.add(grant(object, service, &env_files))?;
        }
    }
    Ok(())
}

fn grant<'t>(object: String, service: Service<'t>, env_files: &[Node<'t>]) -> Grant<'t> {
    let Service { name, key, layers, remarks } = service;
    let mut grant = Grant { remarks, ..Grant::new(&Platform::COMPOSE, object, name, key.position()) };
    if let Some((key, value)) = layers.entry("stop_grace_period") {
        grant.time = time(key, value, &mut grant.remarks);
    }
    if let Some((key, value)) = layers.entry("stop_signal") {
        let name = text(key, value, "a signal in quotes, such as `\"SIGTERM\"`", &mut grant.remarks);
        grant.stop_signal =
            name.map(|name| At { value: Cow::Owned(signal_name(&name).into_owned()), position: key.position() });
    }
    grant.command_line = command::read(&layers);
    health_check(&layers.under("healthcheck"), &mut grant);
    for file in env_files {
        environment::add_entries(*file, &mut grant);
    }
    environment::read(&layers, &mut grant);
    grant
}

/// The time until SIGKILL.
fn time(key: Node<'_>, value: Node<'_>, remarks: &mut Vec<Remark>) -> Time {
    let expected = "a duration with a unit, such as `30s`";
    let Some(text) = text(key, value, expected, remarks) else { return Time::Unknown };
    match wait(&text) {
        Some(Wait::For(time)) => Time::Set(At { value: time, position: key.position() }),
        Some(Wait::Forever) => Time::Endless,
        None => {
            remarks.push(refused(&Platform::COMPOSE, key, value, expected));
            Time::Unknown
        }
    }
}

/// The text of a value. One that is no text, and one that is not in the files, is a remark.
fn text<'t>(key: Node<'_>, value: Node<'t>, expected: &str, remarks: &mut Vec<Remark>) -> Option<Cow<'t, str>> {
    let Some(text) = value.text().filter(|_| value.is_string()) else {
        remarks.push(refused(&Platform::COMPOSE, key, value, expected));
        return None;
    };
    let known = interpolate(text);
    if known.is_none() {
        remarks.push(unknown(key, text, &format!("{expected}, or a default: `${{NAME:-default}}`")));
    }
    known
}

/// The health check, which restarts nothing: other services may wait for it.
fn health_check<'t>(check: &Layers<'t>, grant: &mut Grant<'t>) {
    let is_off = check.entry("disable").is_some_and(|(_, value)| value.is_true());
    let Some((key, test)) = check.command("test").filter(|_| !is_off) else { return };
    let script = test.text().map(|text| (text, key.position()));
    let words = test.items().filter_map(|item| Some((item.text()?, item.position())));
    let texts: Vec<_> = script.into_iter().chain(words).collect();
    health_check::add(grant, key.position(), "healthcheck", Question::Readiness, &texts);
}
