//! Compares the fields that the check reads with Kubernetes' own types, which must have them.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Service};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde::Deserialize;
use serde_json::Value;

use crate::cases::{GOOD, accepted, changed};

pub(crate) fn documents(text: &str) -> Vec<Value> {
    let documents = serde_yaml_ng::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap());
    documents.flat_map(|document| items(document, None)).collect()
}

fn items(mut document: Value, parent: Option<(Value, Value)>) -> Vec<Value> {
    if let (Some((version, kind)), Some(object)) = (parent, document.as_object_mut()) {
        object.entry("apiVersion").or_insert(version);
        object.entry("kind").or_insert(kind);
    }
    let kind = document["kind"].as_str().unwrap_or_default().to_owned();
    let Some(single) = kind.strip_suffix("List") else { return vec![document] };
    let parent = (document["apiVersion"].clone(), Value::from(single));
    let list = document["items"].as_array().cloned().unwrap_or_default();
    list.into_iter().flat_map(|item| items(item, Some(parent.clone()))).collect()
}

/// The document after Kubernetes' type has read it.
fn known(document: &Value) -> Option<serde_json::Result<Value>> {
    fn of<T: for<'de> Deserialize<'de> + serde::Serialize>(document: &Value) -> Option<serde_json::Result<Value>> {
        Some(T::deserialize(document).and_then(|object| serde_json::to_value(&object)))
    }
    let kind = document["kind"].as_str().unwrap_or_default();
    match (document["apiVersion"].as_str().unwrap_or_default(), kind) {
        ("apps/v1", "Deployment") => of::<Deployment>(document),
        ("apps/v1", "StatefulSet") => of::<StatefulSet>(document),
        ("apps/v1", "DaemonSet") => of::<DaemonSet>(document),
        ("apps/v1", "ReplicaSet") => of::<ReplicaSet>(document),
        ("v1", "Pod") => of::<Pod>(document),
        ("v1", "Service") => of::<Service>(document),
        ("v1", "ConfigMap") => of::<ConfigMap>(document),
        ("batch/v1", "Job") => of::<Job>(document),
        ("batch/v1", "CronJob") => of::<CronJob>(document),
        ("policy/v1", "PodDisruptionBudget") => of::<PodDisruptionBudget>(document),
        ("autoscaling/v2", "HorizontalPodAutoscaler") => of::<HorizontalPodAutoscaler>(document),
        _ => None,
    }
}

/// Whether `known` has everything that is in `written`. A misspelled field is lost between the two.
fn is_in(written: &Value, known: &Value, path: &str) {
    match (written, known) {
        (Value::Object(written), Value::Object(known)) => {
            for (key, value) in written.iter().filter(|(_, value)| !value.is_null()) {
                let path = format!("{path}.{key}");
                let Some(known) = known.get(key) else { panic!("Kubernetes knows no {path}") };
                is_in(value, known, &path);
            }
        }
        (Value::Array(written), Value::Array(known)) => {
            assert_eq!(written.len(), known.len());
            written.iter().zip(known).for_each(|(written, known)| is_in(written, known, path));
        }
        _ => assert_eq!(written, known, "{path}"),
    }
}

pub(crate) fn agree(text: &str) {
    for document in documents(text) {
        if let Some(known) = known(&document) {
            is_in(&document, &known.unwrap(), document["kind"].as_str().unwrap());
        }
    }
}

#[test]
fn the_manifests_of_the_tests_are_such() {
    for text in accepted() {
        agree(&text);
    }
}

#[test]
#[should_panic(expected = "Kubernetes knows no Deployment.spec.template.spec.terminationGracePeriod")]
fn a_field_that_is_misspelled_is_seen() {
    agree(&GOOD.replace("terminationGracePeriodSeconds", "terminationGracePeriod"));
}

#[test]
fn what_is_refused_is_refused_by_the_types_too() {
    for change in [
        ("Seconds: 34", "Seconds: \"34\""),
        ("replicas: 3", "replicas: \"3\""),
        ("[--port, \"8080\"]", "[--port, 8080]"),
        ("[/app/api]", "/app/api"),
    ] {
        let deployment = &documents(&changed(&[change]))[0];
        known(deployment).unwrap().unwrap_err();
    }
}
