//! Writes the files into a folder.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use graceful_core::text::escape;

use super::File;
use crate::error::Error;

/// Writes all files, and returns a line for each. Without `force` a file with another text stops it before the first is written.
pub(crate) fn write(files: &[File], folder: &Path, force: bool) -> Result<String, Error> {
    for file in files {
        let path = folder.join(&file.name);
        match fs::read(&path) {
            Ok(text) if !force && text != file.text.as_bytes() => {
                let path = escape(&path.to_string_lossy());
                return Err(Error::new(format!("`{path}` exists and differs: pass `--force` to overwrite it")));
            }
            Err(error) if !force && error.kind() != io::ErrorKind::NotFound => {
                return Err(cannot("read", &path, &error));
            }
            Ok(_) | Err(_) => {}
        }
    }
    fs::create_dir_all(folder).map_err(|error| cannot("create", folder, &error))?;
    let mut written = String::new();
    for file in files {
        let path = folder.join(&file.name);
        create(&path, file).map_err(|error| cannot("write", &path, &error))?;
        written.push_str("wrote ");
        written.push_str(&escape(&path.to_string_lossy()));
        written.push('\n');
    }
    Ok(written)
}

fn create(path: &Path, file: &File) -> io::Result<()> {
    let mut created = fs::File::create(path)?;
    #[cfg(unix)]
    if file.is_script {
        use std::os::unix::fs::PermissionsExt as _;

        created.set_permissions(fs::Permissions::from_mode(0o755))?;
    }
    created.write_all(file.text.as_bytes())
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(format!("cannot {what} `{}`: {error}", escape(&path.to_string_lossy())))
}
