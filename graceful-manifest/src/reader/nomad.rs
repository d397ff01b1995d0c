//! Nomad jobs: each task, from HCL, or from the JSON of Nomad's API.
//!
//! <https://developer.hashicorp.com/nomad/docs/job-specification/task>

mod spelling;

use std::borrow::Cow;
use std::time::Duration;

use crate::error::Failure;
use crate::format::{Contents, File};
use crate::grant::{At, CommandLine, Grant, IntOrText, Platform, Probe, ProbeAction, Question, Remark, Time};
use crate::grant::{label, signal_name};
use crate::rule::Rule;
use crate::text::{shown, whole_seconds};
use crate::tree::Node;

use self::spelling::Spelling;
use super::remarks::{refused, unknown};
use super::time_span::number_or_span;
use super::variables::add_entry;

/// The default of the client's `max_kill_timeout`.
const MAX_KILL_TIMEOUT: Duration = Duration::from_secs(30);

const TIME: &str = "a duration such as `30s`";

/// Whether the file is a job in JSON.
pub(crate) fn is_json(file: &File<'_>) -> bool {
    file.tree.documents().any(|root| spelling::json_job(root).is_some())
}

pub(crate) fn read<'t>(files: &[&'t File<'t>], contents: &mut Contents<'t>) -> Result<(), Failure> {
    for root in files.iter().flat_map(|file| file.tree.documents()) {
        for (spelling, name, job) in Spelling::jobs(root) {
            for (_, group) in spelling.named(job, spelling.group) {
                let shared = Section::of(spelling, group, group);
                for (task, node) in spelling.named(group, spelling.task) {
                    let reader =
                        Reader { spelling, shared: &shared, own: Section::of(spelling, group, node), task: node };
                    let mut grant = reader.grant(label("job", name), task);
                    grant.object_position = job.position();
                    contents.grants.add(grant)?;
                }
            }
        }
    }
    Ok(())
}

/// What both a group and a task may have. All tasks of a group share what the group has.
struct Section<'t> {
    /// `shutdown_delay`, if it is known.
    delay: Option<(&'static str, At<Duration>)>,
    probes: Vec<Probe<'t>>,
}

impl<'t> Section<'t> {
    fn of(spelling: &'static Spelling, group: Node<'t>, section: Node<'t>) -> Self {
        let services = spelling.all(section, spelling.service);
        let probes = services.flat_map(|service| Service::of(spelling, group, service).probes());
        Self { delay: delay(spelling, section), probes: probes.collect() }
    }
}

struct Reader<'t, 's> {
    spelling: &'static Spelling,
    shared: &'s Section<'t>,
    own: Section<'t>,
    task: Node<'t>,
}

impl<'t> Reader<'t, '_> {
    fn grant(self, object: String, name: &'t str) -> Grant<'t> {
        let Self { spelling, task, .. } = self;
        let is_docker = task.get(spelling.driver).and_then(Node::text) == Some("docker");
        let platform = if is_docker { &Platform::NOMAD_DOCKER } else { &Platform::NOMAD };
        let mut grant = Grant::new(platform, object, name, task.position());
        grant.time = self.time(&mut grant.remarks);
        grant.delay = self.shared.delay.or(self.own.delay);
        if let Some((key, value)) = task.entry(spelling.kill_signal) {
            match value.text() {
                // In JSON the default is written as an empty text.
                Some("") => {}
                Some(text) if !is_computed(text) => {
                    grant.stop_signal = Some(At { value: signal_name(text), position: key.position() });
                }
                text => grant.remarks.push(unknown(key, text.unwrap_or_default(), "a signal such as `SIGTERM`")),
            }
        }
        grant.command_line = self.command_line(is_docker);
        for env in spelling.all(task, spelling.env) {
            for (name, value) in env.entries() {
                let value = value.text().filter(|text| !is_computed(text));
                add_entry(&mut grant, name, value);
            }
        }
        grant.probes.extend(self.shared.probes.iter().cloned());
        grant.probes.extend(self.own.probes);
        grant
    }

    /// `kill_timeout`. Nomad takes 0 as not set.
    fn time(&self, remarks: &mut Vec<Remark>) -> Time {
        let Some((key, value)) = self.task.entry(self.spelling.kill_timeout) else {
            return Time::Default(self.task.position());
        };
        let position = key.position();
        let time = match (duration(value), value.text()) {
            (Some(Duration::ZERO), _) => return Time::Default(position),
            (Some(time), _) => time,
            (None, Some(text)) if is_computed(text) => {
                remarks.push(unknown(key, text, TIME));
                return Time::Unknown;
            }
            (None, _) => {
                remarks.push(refused(&Platform::NOMAD, key, value, TIME));
                return Time::Unknown;
            }
        };
        if time > MAX_KILL_TIMEOUT {
            let message = format!(
                "the client grants at most its own `max_kill_timeout`, default {}, and not the {} of the task",
                shown(MAX_KILL_TIMEOUT),
                shown(time)
            );
            let advice =
                format!("set `max_kill_timeout = \"{}s\"` in the configuration of the clients", whole_seconds(time));
            remarks.push(Remark { rule: Rule::MaxKillTimeout, position, message, advice });
        }
        Time::Set(At { value: time, position })
    }

    /// The driver's `command` and `args`. The image of the driver `docker` may have an entry point.
    fn command_line(&self, is_docker: bool) -> Option<CommandLine<'t>> {
        let config = self.spelling.all(self.task, self.spelling.config).last()?;
        let list = |key: &str| {
            let (key, value) = config.entry(key)?;
            let words: Vec<_> = value.text().into_iter().chain(value.items().filter_map(Node::text)).collect();
            (!words.is_empty()).then_some((key, words))
        };
        let parts = ["entrypoint", "command", "args"].map(list);
        let has_command = !is_docker || parts[0].is_some();
        let position = parts.iter().flatten().next()?.0.position();
        let words = parts.into_iter().flatten().flat_map(|(_, words)| words).map(Cow::Borrowed).collect();
        Some(CommandLine { words, position, has_command })
    }
}

/// A service, whose checks share some of its keys.
struct Service<'t> {
    spelling: &'static Spelling,
    group: Node<'t>,
    node: Node<'t>,
    port: Option<At<IntOrText<'t>>>,
    restarts: bool,
}

impl<'t> Service<'t> {
    fn of(spelling: &'static Spelling, group: Node<'t>, node: Node<'t>) -> Self {
        let restarts = node.get(spelling.check_restart).is_some();
        let mut service = Self { spelling, group, node, port: None, restarts };
        service.port = service.port_in(node);
        service
    }

    fn probes(self) -> impl Iterator<Item = Probe<'t>> {
        self.spelling.all(self.node, self.spelling.check).filter_map(move |check| self.probe(check))
    }

    /// A check. With `check_restart` Nomad restarts the task, and otherwise traffic stops.
    fn probe(&self, check: Node<'t>) -> Option<Probe<'t>> {
        let spelling = self.spelling;
        let port = self.port_in(check).or(self.port)?;
        let text = |key: &str| check.get(key).and_then(Node::text);
        let path = check
            .entry(spelling.path)
            .and_then(|(key, path)| Some(At { value: path.text()?, position: key.position() }));
        let action = match text(spelling.kind) {
            Some("http") => ProbeAction::Http {
                path: path.unwrap_or(At { value: "/", position: check.position() }),
                port,
                is_https: text(spelling.protocol) == Some("https"),
                has_host: false,
            },
            Some("grpc") => ProbeAction::Grpc { port },
            Some("tcp") => ProbeAction::Tcp { port, has_host: false },
            _ => return None,
        };
        let restarts = self.restarts || check.get(spelling.check_restart).is_some();
        Some(Probe {
            position: check.position(),
            question: if restarts { Question::Liveness } else { Question::Readiness },
            field: spelling.check,
            action,
            from_inside: false,
            grace: None,
        })
    }

    /// The port on which the task listens, of a service or a check: a number, or the label of a port of the group's network
    /// that has a number inside the task.
    fn port_in(&self, section: Node<'t>) -> Option<At<IntOrText<'t>>> {
        let Self { spelling, group, .. } = *self;
        let (key, port) = section.entry(spelling.port)?;
        let label = port.text()?;
        let of_network = || spelling.all(group, spelling.network).find_map(|network| spelling.port_of(network, label));
        let number = label.parse().ok().or_else(of_network)?;
        Some(At { value: IntOrText::Int(number), position: key.position() })
    }
}

/// `shutdown_delay` of a group or a task, if it is known.
fn delay(spelling: &'static Spelling, section: Node<'_>) -> Option<(&'static str, At<Duration>)> {
    let (key, value) = section.entry(spelling.shutdown_delay)?;
    let value = duration(value).filter(|delay| !delay.is_zero())?;
    Some((spelling.shutdown_delay, At { value, position: key.position() }))
}

/// A duration, or a number of nanoseconds.
fn duration(value: Node<'_>) -> Option<Duration> {
    number_or_span(value, Duration::from_nanos)
}

/// Whether a text has an expression in it.
fn is_computed(text: &str) -> bool {
    text.contains("${")
}
