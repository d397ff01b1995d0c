//! Kubernetes: each container of a pod template.

use crate::error::Failure;
use crate::format::{Contents, File};
use crate::model::{Model, objects};

use super::kustomization;

pub(crate) fn read<'t>(files: &[&'t File<'t>], contents: &mut Contents<'t>) -> Result<(), Failure> {
    let mut all = Vec::new();
    for file in files {
        if let Some(failure) = kustomization::refused_name(file) {
            return Err(failure);
        }
        for object in objects(&file.tree) {
            if let Some(failure) = kustomization::refused(file, &object) {
                return Err(failure);
            }
            all.push(object);
        }
    }
    contents.kubernetes = Model::read(all, &mut contents.skipped, &mut contents.declarations)?;
    for grant in contents.kubernetes.grants() {
        contents.grants.add(grant)?;
    }
    Ok(())
}
