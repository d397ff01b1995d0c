//! Kubernetes: each container of a pod template.

use crate::error::Failure;
use crate::format::{Contents, File};
use crate::model::Model;

pub(crate) fn read<'t>(files: &[&'t File<'t>], contents: &mut Contents<'t>) -> Result<(), Failure> {
    contents.kubernetes =
        Model::read(files.iter().map(|file| &file.tree), &mut contents.skipped, &mut contents.declarations)?;
    contents.grants.extend(contents.kubernetes.grants());
    Ok(())
}
