//! This machine: the data folder, the disk, the engines, the ports.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use mosaic_embedded::{Engine, Engines};
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, Uid, access};

use super::Patient;
use super::report::{Check, Report};
use crate::data_folder::DataFolder;
use crate::up::{engine_options, listeners};

const GIB: u64 = 1 << 30;
/// Below this Postgres soon stops.
const TOO_LITTLE: u64 = GIB / 4;
/// Below this it is time to make room.
const LITTLE: u64 = 2 * GIB;

pub(super) async fn probe(patient: &Patient, report: &mut Report) {
    if !patient.local {
        return;
    }
    let folder = match &patient.folder {
        Some(folder) => folder.clone(),
        None => DataFolder::new(&patient.context.config.local.data_dir),
    };
    report.add(data_folder(folder.path()));
    report.add(disk(folder.path()));
    engines(patient, &folder, report).await;
    report.add(ports(patient));
}

fn data_folder(path: &Path) -> Check {
    let (name, shown) = ("data folder", path.display());
    match fs::metadata(path) {
        Ok(meta) if !meta.is_dir() => Check::fail(
            name,
            format!("{shown} is no folder"),
            "choose another one with --data-dir",
        ),
        Ok(meta) if !Uid::effective().is_root() && meta.uid() != Uid::effective().as_raw() => {
            Check::fail(
                name,
                format!("{shown} belongs to somebody else"),
                "choose another one with --data-dir",
            )
        }
        Ok(_) => match access(
            path,
            AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK,
        ) {
            Ok(()) => Check::ok(name, shown.to_string()),
            Err(error) => Check::fail(
                name,
                format!("{shown} cannot be used: {error}"),
                "make it readable and writable for you",
            ),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Check::warn(
            name,
            format!("{shown} is not there yet"),
            "`mosaic up` makes it",
        ),
        Err(error) => Check::fail(
            name,
            format!("{shown}: {error}"),
            "choose another one with --data-dir",
        ),
    }
}

fn disk(path: &Path) -> Check {
    let existing = path
        .ancestors()
        .find(|part| part.exists())
        .unwrap_or(Path::new("/"));
    let free = match statvfs(existing) {
        Ok(disk) => wide(disk.blocks_available()) * wide(disk.fragment_size()),
        Err(error) => {
            return Check::warn(
                "disk",
                format!("{}: {error}", existing.display()),
                "look whether the disk is there",
            );
        }
    };
    let shown = format!(
        "{}.{} GiB free at {}",
        free / GIB,
        free % GIB * 10 / GIB,
        existing.display()
    );
    match free {
        0..TOO_LITTLE => Check::fail(
            "disk",
            shown,
            "make room: Postgres stops when the disk is full",
        ),
        TOO_LITTLE..LITTLE => Check::warn("disk", shown, "make room soon"),
        _ => Check::ok("disk", shown),
    }
}

/// The numbers of a disk are of different types on different systems.
fn wide(number: impl Into<u64>) -> u64 {
    number.into()
}

async fn engines(patient: &Patient, folder: &DataFolder, report: &mut Report) {
    if patient.up {
        return report.add(Check::ok("engines", "those of the Mosaic that runs"));
    }
    let configured = patient.context.config.local.engines_dir.clone();
    let configured = configured.or_else(|| folder.engines()?.folder);
    match Engines::discover(&engine_options(configured, folder)).await {
        Ok(found) => {
            let whole = found.postgres.is_some() && found.valkey.is_some();
            let each = [("Postgres", found.postgres), ("Valkey", found.valkey)];
            for (name, engine) in each {
                report.add(engine_check(name, engine.as_ref()));
            }
            if !whole {
                for refusal in &found.refused {
                    let told = "look at its reason, or leave it: another one is fetched";
                    report.add(Check::warn(
                        "engines",
                        format!("not usable: {refusal}"),
                        told,
                    ));
                }
            }
        }
        Err(error) => report.add(Check::fail("engines", error.to_string(), &error.remedy())),
    }
}

fn engine_check(name: &str, engine: Option<&Engine>) -> Check {
    match engine {
        Some(engine) => Check::ok("engines", engine.to_string()),
        None => Check::warn(
            "engines",
            format!("no {name} on this machine yet"),
            "`mosaic up` fetches it with pip, once",
        ),
    }
}

/// What `mosaic up` would find taken. While it runs, the ports are its own.
fn ports(patient: &Patient) -> Check {
    if patient.up {
        return Check::ok("ports", "in use by the Mosaic that runs");
    }
    let mut config = patient.context.config.clone();
    let before = patient.folder.as_ref().and_then(DataFolder::remembered);
    let before = before.map(|found| found.ports).unwrap_or_default();
    let taken: Vec<String> = listeners(&mut config)
        .into_iter()
        .filter_map(|(setting, address)| {
            if let Some(port) = before.get(setting) {
                address.set_port(*port);
            }
            TcpListener::bind(*address)
                .is_err()
                .then(|| format!("{setting} ({address})"))
        })
        .collect();
    if taken.is_empty() {
        return Check::ok("ports", "all free");
    }
    let remedy = "`mosaic up` picks others, except where one is configured: change that or stop the other program";
    Check::warn("ports", format!("taken: {}", taken.join(", ")), remedy)
}
