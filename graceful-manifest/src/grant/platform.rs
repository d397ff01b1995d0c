//! The platforms: their defaults, and the keys that change them.
//!
//! Each one's page in the platform's documentation is beside it.

use std::time::Duration;

use graceful_core::Signal;

use crate::text::whole_seconds;

/// The default stop signal of nearly all platforms.
pub(crate) const SIGTERM: &str = Signal::Terminate.label();

/// A platform that stops programs.
#[derive(Debug)]
pub(crate) struct Platform {
    /// The name in messages.
    pub(crate) name: &'static str,
    /// What is granted the time.
    pub(crate) whole: &'static str,
    /// What the program is one of, if there are several.
    pub(crate) part: &'static str,
    /// The keys of the program and its arguments.
    pub(crate) command: [&'static str; 2],
    /// The default time until SIGKILL.
    pub(crate) time: Duration,
    /// The key of that time. `None` if it cannot be changed.
    pub(crate) time_setting: Option<Setting>,
    /// The longest time that the platform grants.
    pub(crate) max_time: Option<Duration>,
    /// The default stop signal.
    pub(crate) signal: &'static str,
    /// The key of the stop signal. `None` if it cannot be changed.
    pub(crate) signal_setting: Option<Setting>,
    /// The key of work before the signal, which takes its time from the same grant.
    pub(crate) pre_stop: &'static str,
    /// Who sends the probes.
    pub(crate) prober: &'static str,
}

/// A key of a platform's file.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    /// The text to write, in which `{}` stands for the value: a signal's name, or a number of seconds.
    pub(crate) form: &'static str,
}

impl Setting {
    pub(crate) fn with_time(&self, time: Duration) -> String {
        self.with(&whole_seconds(time).to_string())
    }

    pub(crate) fn with(&self, value: &str) -> String {
        self.form.replace("{}", value)
    }
}

/// As CloudFormation writes it.
const STOP_TIMEOUT: Option<Setting> = Some(Setting { key: "StopTimeout", form: "StopTimeout: {}" });

impl Platform {
    /// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination>
    pub(crate) const KUBERNETES: Self = Self {
        name: "Kubernetes",
        whole: "pod",
        part: "container",
        command: ["command", "args"],
        time: Duration::from_secs(30),
        time_setting: Some(Setting { key: "terminationGracePeriodSeconds", form: "terminationGracePeriodSeconds: {}" }),
        max_time: None,
        signal: SIGTERM,
        signal_setting: Some(Setting { key: "stopSignal", form: "stopSignal: {}" }),
        pre_stop: "preStop",
        prober: "the kubelet",
    };

    /// <https://knative.dev/docs/serving/configuration/config-defaults/#revision-timeout-seconds>
    pub(crate) const KNATIVE: Self = Self {
        name: "Knative",
        whole: "revision",
        part: "container",
        command: ["command", "args"],
        time: Duration::from_secs(300),
        time_setting: Some(Setting { key: "timeoutSeconds", form: "timeoutSeconds: {}" }),
        max_time: None,
        signal: SIGTERM,
        signal_setting: None,
        pre_stop: "Knative's drain",
        prober: "the kubelet",
    };

    /// <https://docs.docker.com/reference/compose-file/services/#stop_grace_period>
    pub(crate) const COMPOSE: Self = Self {
        name: "Docker Compose",
        whole: "service",
        part: "service",
        command: ["entrypoint", "command"],
        time: Duration::from_secs(10),
        time_setting: Some(Setting { key: "stop_grace_period", form: "stop_grace_period: {}s" }),
        max_time: None,
        signal: SIGTERM,
        signal_setting: Some(Setting { key: "stop_signal", form: "stop_signal: {}" }),
        pre_stop: "pre_stop",
        prober: "Docker",
    };

    /// <https://docs.docker.com/reference/cli/docker/container/stop/>
    pub(crate) const DOCKER: Self = Self {
        name: "Docker",
        whole: "container",
        part: "stage",
        command: ["ENTRYPOINT", "CMD"],
        time: Duration::from_secs(10),
        time_setting: Some(Setting { key: "--stop-timeout", form: "--stop-timeout {}" }),
        max_time: None,
        signal: SIGTERM,
        signal_setting: Some(Setting { key: "STOPSIGNAL", form: "STOPSIGNAL {}" }),
        pre_stop: "pre-stop work",
        prober: "Docker",
    };

    /// <https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html>
    pub(crate) const SYSTEMD: Self = Self {
        name: "systemd",
        whole: "unit",
        part: "unit",
        command: ["ExecStart", "ExecStart"],
        time: Duration::from_secs(90),
        time_setting: Some(Setting { key: "TimeoutStopSec", form: "TimeoutStopSec={}" }),
        max_time: None,
        signal: SIGTERM,
        signal_setting: Some(Setting { key: "KillSignal", form: "KillSignal={}" }),
        pre_stop: "ExecStop",
        prober: "systemd",
    };

    /// <https://fly.io/docs/reference/configuration/#runtime-options>
    pub(crate) const FLY: Self = Self {
        name: "Fly.io",
        whole: "machine",
        part: "process group",
        command: ["[processes]", "cmd"],
        time: Duration::from_secs(5),
        time_setting: Some(Setting { key: "kill_timeout", form: "kill_timeout = {}" }),
        max_time: Some(Duration::from_secs(300)),
        signal: Signal::Interrupt.label(),
        signal_setting: Some(Setting { key: "kill_signal", form: "kill_signal = \"{}\"" }),
        pre_stop: "pre-stop work",
        prober: "Fly.io",
    };

    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
    pub(crate) const ECS: Self = Self {
        name: "ECS",
        whole: "container",
        part: "container",
        command: ["entryPoint", "command"],
        time: Duration::from_secs(30),
        time_setting: Some(Setting { key: "stopTimeout", form: "\"stopTimeout\": {}" }),
        max_time: None,
        signal: SIGTERM,
        signal_setting: Some(Setting { key: "STOPSIGNAL", form: "STOPSIGNAL {}" }),
        pre_stop: "pre-stop work",
        prober: "ECS",
    };

    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
    pub(crate) const FARGATE: Self = Self { name: "Fargate", max_time: Some(Duration::from_secs(120)), ..Self::ECS };

    /// ECS in a template: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-taskdefinition-containerdefinition.html>
    pub(crate) const ECS_TEMPLATE: Self =
        Self { command: ["EntryPoint", "Command"], time_setting: STOP_TIMEOUT, ..Self::ECS };

    /// Fargate in a template.
    pub(crate) const FARGATE_TEMPLATE: Self =
        Self { name: Self::FARGATE.name, max_time: Self::FARGATE.max_time, ..Self::ECS_TEMPLATE };

    /// The driver `docker` stops the container as `docker stop` does.
    ///
    /// <https://developer.hashicorp.com/nomad/docs/job-declare/exit-signals>
    pub(crate) const NOMAD_DOCKER: Self = Self { signal: SIGTERM, ..Self::NOMAD };

    /// <https://developer.hashicorp.com/nomad/docs/job-specification/task#kill_timeout>
    pub(crate) const NOMAD: Self = Self {
        name: "Nomad",
        whole: "task",
        part: "task",
        command: ["command", "args"],
        time: Duration::from_secs(5),
        time_setting: Some(Setting { key: "kill_timeout", form: "kill_timeout = \"{}s\"" }),
        max_time: None,
        signal: Signal::Interrupt.label(),
        signal_setting: Some(Setting { key: "kill_signal", form: "kill_signal = \"{}\"" }),
        pre_stop: "pre-stop work",
        prober: "Nomad",
    };

    /// <https://cloud.google.com/blog/topics/developers-practitioners/graceful-shutdowns-cloud-run-deep-dive>
    pub(crate) const CLOUD_RUN: Self = Self {
        name: "Cloud Run",
        whole: "instance",
        part: "container",
        command: ["command", "args"],
        time: Duration::from_secs(10),
        time_setting: None,
        max_time: None,
        signal: SIGTERM,
        signal_setting: None,
        pre_stop: "pre-stop work",
        prober: "Cloud Run",
    };

    /// <https://devcenter.heroku.com/articles/dyno-shutdown-behavior>
    pub(crate) const HEROKU: Self = Self {
        name: "Heroku",
        whole: "dyno",
        part: "process",
        command: ["Procfile", "Procfile"],
        time: Duration::from_secs(30),
        time_setting: None,
        max_time: None,
        signal: SIGTERM,
        signal_setting: None,
        pre_stop: "pre-stop work",
        prober: "Heroku",
    };

    /// <https://render.com/docs/deploys>
    pub(crate) const RENDER: Self = Self {
        name: "Render",
        whole: "service",
        part: "service",
        command: ["dockerCommand", "dockerCommand"],
        time: Duration::from_secs(30),
        time_setting: Some(Setting { key: "maxShutdownDelaySeconds", form: "maxShutdownDelaySeconds: {}" }),
        max_time: Some(Duration::from_secs(300)),
        signal: SIGTERM,
        signal_setting: None,
        pre_stop: "pre-stop work",
        prober: "Render",
    };

    /// Anything that stops the program after a given time.
    pub(crate) const UNNAMED: Self = Self {
        name: "the platform",
        whole: "program",
        part: "program",
        command: ["command", "args"],
        time: Duration::ZERO,
        time_setting: None,
        max_time: None,
        signal: SIGTERM,
        signal_setting: None,
        pre_stop: "pre-stop work",
        prober: "the platform",
    };
}
