//! A pod, as the kubelet understands it: read with Kubernetes' own types and another YAML parser than graceful's.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use graceful_process_tests::place::free_address;
use graceful_process_tests::{Program, Signal};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Container, Lifecycle, PodSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::probe::Probe;

/// Ports of the pod, and where they are on this machine: all pods of the tests share its network.
pub(crate) type Ports = HashMap<u16, SocketAddr>;

/// Of a deployment's template, with one container. What it has that is not simulated is a failure.
pub(crate) struct Pod {
    spec: PodSpec,
}

impl Pod {
    pub(crate) fn of(deployment: &str) -> Self {
        let deployment: Deployment = serde_yaml_ng::from_str(deployment).expect("a deployment");
        let spec = deployment.spec.template.spec.expect("a pod's specification");
        assert_eq!((spec.containers.len(), spec.init_containers.iter().flatten().count()), (1, 0));
        Self { spec }
    }

    fn container(&self) -> &Container {
        &self.spec.containers[0]
    }

    fn lifecycle(&self) -> Option<&Lifecycle> {
        self.container().lifecycle.as_ref()
    }

    pub(crate) fn arguments(&self) -> &[String] {
        self.container().args.as_deref().unwrap_or_default()
    }

    /// From the deletion to SIGKILL.
    pub(crate) fn granted(&self) -> Duration {
        self.spec.termination_grace_period_seconds.map_or(Duration::from_secs(30), seconds)
    }

    /// How long preStop waits before the signal.
    pub(crate) fn pre_stop(&self) -> Duration {
        let Some(pre_stop) = self.lifecycle().and_then(|lifecycle| lifecycle.pre_stop.as_ref()) else {
            return Duration::ZERO;
        };
        let sleep = pre_stop.sleep.as_ref().expect("a preStop that sleeps: no other is simulated");
        seconds(sleep.seconds)
    }

    pub(crate) fn stop_signal(&self) -> Signal {
        let named = self.lifecycle().and_then(|lifecycle| lifecycle.stop_signal.as_deref());
        named.map_or(Signal::SIGTERM, |name| name.parse().expect("a signal"))
    }

    /// The container's program with its arguments and environment. Its ports are such as are free on this machine.
    pub(crate) fn program(&self, binary: &str) -> (Program, Ports) {
        let container = self.container();
        assert!(container.command.is_none() && container.env_from.is_none(), "neither is simulated");
        let mut ports = Ports::new();
        let mut program = Program::new(binary);
        for argument in self.arguments() {
            let here =
                argument.parse().map(|there: SocketAddr| *ports.entry(there.port()).or_insert_with(free_address));
            program = program.arg(&here.map_or_else(|_| argument.clone(), |here| here.to_string()));
        }
        for variable in container.env.iter().flatten() {
            program = program.env(&variable.name, variable.value.as_deref().expect("a plain value"));
        }
        (program, ports)
    }

    pub(crate) fn startup_probe(&self) -> Option<Probe> {
        self.container().startup_probe.as_ref().map(|probe| self.probe(probe))
    }

    pub(crate) fn readiness_probe(&self) -> Option<Probe> {
        self.container().readiness_probe.as_ref().map(|probe| self.probe(probe))
    }

    pub(crate) fn liveness_probe(&self) -> Option<Probe> {
        self.container().liveness_probe.as_ref().map(|probe| self.probe(probe))
    }

    fn probe(&self, probe: &k8s_openapi::api::core::v1::Probe) -> Probe {
        let action = probe.http_get.as_ref().expect("a probe by HTTP: no other is simulated");
        assert!(probe.success_threshold.is_none_or(|times| times == 1), "not simulated");
        Probe {
            port: self.port(&action.port),
            path: action.path.clone().unwrap_or_else(|| "/".to_owned()),
            initial_delay: seconds(probe.initial_delay_seconds.unwrap_or(0).into()),
            period: seconds(probe.period_seconds.unwrap_or(10).into()),
            timeout: seconds(probe.timeout_seconds.unwrap_or(1).into()),
            failure_threshold: usize::try_from(probe.failure_threshold.unwrap_or(3)).expect("a number of times"),
            granted: probe.termination_grace_period_seconds.map(seconds),
        }
    }

    fn port(&self, port: &IntOrString) -> u16 {
        let number = match port {
            IntOrString::Int(number) => *number,
            IntOrString::String(name) => {
                let mut ports = self.container().ports.iter().flatten();
                let named = ports.find(|port| port.name.as_ref() == Some(name));
                named.unwrap_or_else(|| panic!("no port is called {name}")).container_port
            }
        };
        number.try_into().expect("a port")
    }
}

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds.try_into().expect("no negative time"))
}
