//! `cargo graceful units`

use std::fs;
use std::path::Path;
use std::process::Command;

use cargo_graceful::{Ending, run};
use proptest::prelude::*;

use crate::call::{Folder, is_harmless};
use crate::sample::{HANDLER, MAIN, elf};

pub(crate) const HTTP: &str = r#"{"graceful":1,"kind":"socket","module":"app::http","name":"http","type":"tcp","address":"0.0.0.0:8080","file":"src/http.rs","line":7}"#;

fn named(name: &str, kind: &str, address: &str) -> String {
    let http = HTTP.replace(r#""name":"http""#, &format!(r#""name":"{name}""#)).replace("tcp", kind);
    http.replace("0.0.0.0:8080", address)
}

/// A program with the feature `systemd` and these records.
fn program(records: &[&str]) -> Vec<u8> {
    let main = MAIN.replace(r#""file""#, r#""systemd":true,"file""#);
    elf(&format!("{main}\n{HANDLER}\n{}\n", records.join("\n")))
}

/// The folder of a test, with the program.
pub(crate) fn folder(test: &str, records: &[&str]) -> Folder {
    let folder = Folder::new(test);
    folder.write("app", program(records));
    folder
}

const SERVICE: &str = "\
[Service]
Type=notify
ExecStart=/usr/local/bin/app
Sockets=app.socket
NonBlocking=yes
KillMode=mixed
# Only one of two instances can bind their address.
Environment=GRACEFUL_PROBES=off
TimeoutStopSec=21
SuccessExitStatus=143
Restart=on-failure

[Install]
WantedBy=multi-user.target
";

#[test]
fn one_socket() {
    let folder = folder("units_one", &[HTTP]);
    let (code, output, errors) = folder.call("units app", "");
    assert_eq!((code, &*errors), (0, ""));
    let socket = "\
# app.socket
[Socket]
ListenStream=0.0.0.0:8080
FileDescriptorName=http
Service=app@a.service
# A restart counts as two activations, and more than 20 within 2 s would close the socket.
TriggerLimitIntervalSec=0

[Install]
WantedBy=sockets.target
";
    let expected = format!("{socket}\n# app@.service\n{SERVICE}\n# restart-app\n#!/bin/sh\n# Restarts app without ");
    assert!(output.starts_with(&expected), "{output}");
    assert!(!output.contains("NAME"), "{output}");
}

/// A unit has one name for all its descriptors.
#[test]
fn several_sockets() {
    let admin = named("admin", "unix", "/run/100% app/admin.sock");
    let log = named("log.v-2@x", "udp", "[::1]:514");
    // Another place in the source, another architecture.
    let again = HTTP.replace("\"line\":7", "\"line\":8");
    let folder = folder("units_several", &[HTTP, &admin, &log, &again]);
    let (code, output, errors) = folder.call("units app", "");
    assert_eq!((code, &*errors), (0, ""));
    for part in [
        "# app-http.socket\n[Socket]\nListenStream=0.0.0.0:8080\nFileDescriptorName=http\n",
        "# app-admin.socket\n[Socket]\nListenStream=/run/100%% app/admin.sock\nFileDescriptorName=admin\n",
        "# app-log.v-2@x.socket\n[Socket]\nListenDatagram=[::1]:514\nFileDescriptorName=log.v-2@x\n",
        "\nSockets=app-admin.socket app-http.socket app-log.v-2@x.socket\n",
    ] {
        assert!(output.contains(part), "{part}: {output}");
    }
    assert_eq!(output.matches("Service=app@a.service\n").count(), 3, "{output}");
}

#[test]
fn addresses() {
    let none = HTTP.replace(r#""address":"0.0.0.0:8080","#, "");
    let elsewhere = HTTP.replace("8080", "8081").replace(":7}", ":9}");
    let long = format!("/{}", "x".repeat(107));
    for (records, arguments, expected) in [
        (
            vec![&*none],
            "",
            Err("the address of the socket `http` is an expression, which the binary does not contain: pass \
                                `--address http=0.0.0.0:8081`"),
        ),
        (vec![&none], "--address http=[::]:80", Ok("ListenStream=[::]:80")),
        (
            vec![HTTP],
            "--address http=10.0.0.1:80 --address http=10.0.0.2:80",
            Ok("ListenStream=10.0.0.1:80\nListenStream=10.0.0.2:80"),
        ),
        (
            vec![HTTP, &elsewhere],
            "",
            Err("the socket `http` has another address at `src/http.rs:9`: pass `--address \
                                          http=0.0.0.0:8080`"),
        ),
        (vec![HTTP, &elsewhere], "--address http=1.2.3.4:5", Ok("ListenStream=1.2.3.4:5")),
        (
            vec![&named("http", "tcp", "localhost:8080")],
            "",
            Err("systemd cannot listen on `localhost:8080` for the socket \
            `http`: expected an IP address, not a host name, did you mean `127.0.0.1:8080`?; pass `--address http=127.0.0.1:8080`"),
        ),
        (vec![&named("http", "tcp", "0.0.0.0:0")], "", Err("expected a port that clients know, not 0; pass ")),
        (vec![&named("http", "udp", "[fe80::1%2]:53")], "", Err("expected an address without a scope")),
        (
            vec![&named("http", "unix", "app.sock")],
            "",
            Err("expected an absolute path; pass `--address http=/run/app.sock`"),
        ),
        (
            vec![&named("http", "unix", "/run/a\\nExecStartPre=/bin/x")],
            "",
            Err("expected a path without control characters"),
        ),
        (vec![&named("http", "unix", "/run/a\\\\")], "", Err("expected a path without control characters")),
        (vec![&named("http", "unix", &long)], "", Err("expected a path of at most 107 bytes")),
        (
            vec![HTTP, &named("http", "udp", "0.0.0.0:8080")],
            "",
            Err("the socket `http` is `tcp!` here and `udp!` at \
            `src/http.rs:7`: give it two names"),
        ),
        (vec![&named("a b", "tcp", "0.0.0.0:80")], "", Err("`a b` is no name of a socket: expected ")),
    ] {
        let folder = folder("units_addresses", &records);
        let (code, output, errors) = folder.call(&format!("units app {arguments}"), "");
        match expected {
            Ok(line) => {
                assert_eq!((code, &*errors), (0, ""));
                assert!(output.contains(&format!("\n{line}\n")), "{output}");
            }
            Err(why) => {
                assert_eq!((code, &*output), (2, ""), "{why}");
                assert!(errors.starts_with("error: src/http.rs:7:1: ") && errors.contains(why), "{errors}");
            }
        }
    }
}

#[test]
fn what_has_no_units() {
    let folder = folder("units_none", &[]);
    let without = "error: the program has no record of a socket: write `graceful::sockets::tcp!(\"http\", \"0.0.0.0:8080\").await` ";
    folder.write("without_main", elf(&format!("{HTTP}\n")));
    folder.write("without_systemd", elf(&format!("{MAIN}\n{HTTP}\n")));
    folder.write("a@b", program(&[HTTP]));
    folder.write(&"x".repeat(250), program(&[HTTP]));
    folder.write("http", program(&[HTTP]));
    for (line, why) in [
        ("units app".to_owned(), without),
        ("units without_main".to_owned(), "error: `without_main` has no `#[graceful::main]`: "),
        (
            "units without_systemd".to_owned(),
            "error: systemd cannot learn when the program is ready, because it was built without the feature `systemd`: add the \
             feature to `gracefully`\n",
        ),
        ("units a@b".to_owned(), "error: `a@b` cannot be the name of a unit: rename the program to "),
        (format!("units {}", "x".repeat(250)), "error: `xxxxxxxxxxxxxxxx"),
        (
            "units http --address web=0.0.0.0:80".to_owned(),
            "error: no socket of the program is called `web`: it has `http`\n",
        ),
    ] {
        let (code, output, errors) = folder.call(&line, "");
        assert_eq!((code, &*output), (2, ""), "{line}");
        assert!(errors.starts_with(why), "{line}: {errors}");
    }
}

/// The signal with which systemd stops the program is one that it handles.
#[test]
fn another_stop_signal() {
    let folder = folder("units_signal", &[HTTP]);
    let main = MAIN.replace(r#""file""#, r#""systemd":true,"file""#);
    let main = main.replace(r#""signals":null"#, r#""signals":["SIGINT"]"#).replace("20000", "20001");
    let main = main.replace(r#""0.0.0.0:8081""#, "null");
    folder.write("app", elf(&format!("{main}\n{HTTP}\n")));
    let (code, output, errors) = folder.call("units app", "");
    assert_eq!((code, &*errors), (0, ""));
    assert!(
        output.contains("\nKillMode=mixed\nKillSignal=SIGINT\nTimeoutStopSec=22\nSuccessExitStatus=130\n"),
        "{output}"
    );
}

#[test]
fn files_in_a_folder() {
    let folder = folder("units_folder", &[HTTP]);
    let written = "wrote out/x/app.socket\nwrote out/x/app@.service\nwrote out/x/restart-app\n";
    let call = |line: &str| folder.call(line, "");
    assert_eq!(call("units app --output out/x"), (0, written.to_owned(), String::new()));
    let read = |name: &str| fs::read_to_string(folder.path().join("out/x").join(name)).unwrap();
    assert_eq!(read("app@.service"), SERVICE);
    let script = read("restart-app");
    assert!(script.starts_with("#!/bin/sh\n"), "{script}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = fs::metadata(folder.path().join("out/x/restart-app")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }

    // The same text is no reason to stop.
    assert_eq!(call("units app --output out/x").0, 0);
    folder.write("out/x/app@.service", "[Service]\n");
    folder.write("out/x/app.socket", "");
    fs::remove_file(folder.path().join("out/x/app.socket")).unwrap();
    let error = "error: `out/x/app@.service` exists and differs: pass `--force` to overwrite it\n";
    assert_eq!(call("units app --output out/x"), (2, String::new(), error.to_owned()));
    assert!(!folder.path().join("out/x/app.socket").exists());
    assert_eq!(call("units app -o out/x --force"), (0, written.to_owned(), String::new()));
    assert_eq!(read("app@.service"), SERVICE);
    // A file instead of the folder.
    let (code, _, errors) = call("units app --output app");
    assert_eq!(code, 2);
    assert!(errors.starts_with("error: cannot "), "{errors}");
}

/// What the command prints is what its check wants.
#[test]
fn the_units_pass_the_check() {
    let admin = named("admin", "unix", "/run/app/admin.sock");
    let folder = folder("units_check", &[HTTP, &admin]);
    let (code, output, _) = folder.call("units app --output out", "");
    assert_eq!(code, 0);
    let files: String = output
        .lines()
        .filter_map(|line| line.strip_prefix("wrote "))
        .filter(|path| !path.contains("restart"))
        .map(|path| format!(" -f {path}"))
        .collect();
    let expected = "checked unit/app@.service\nno errors, no warnings\n";
    assert_eq!(folder.call(&format!("check app --deny warnings{files}"), ""), (0, expected.to_owned(), String::new()));

    folder.write("out/app-http.socket", "[Socket]\nListenStream=8080\nService=app@a.service\n");
    folder.write("out/app-admin.socket", "[Socket]\nListenStream=8081\nFileDescriptorName=admin\n");
    let (code, output, _) = folder.call(&format!("check app{files} --format json"), "");
    let outcome: serde_json::Value = serde_json::from_str(&output).unwrap();
    let found: Vec<_> =
        outcome["findings"].as_array().unwrap().iter().map(|found| (&found["rule"], &found["line"])).collect();
    assert_eq!((code, found), (1, vec![(&"socket-type".into(), &2.into()), (&"unknown-socket".into(), &1.into())]));
}

/// systemd itself accepts them.
#[cfg(target_os = "linux")]
#[test]
fn the_units_pass_systemd() {
    let admin = named("admin", "unix", "/run/100% app/admin.sock");
    let log = named("log.v-2@x", "udp", "[::1]:514");
    let folder = folder("units_systemd", &[HTTP, &admin, &log]);
    let (code, output, errors) = folder.call("units app --output out", "");
    assert_eq!((code, &*errors), (0, ""));
    let service = folder.path().join("out/app@.service");
    let text = fs::read_to_string(&service).unwrap();
    // It must exist.
    fs::write(&service, text.replace("/usr/local/bin/app", "/bin/true")).unwrap();
    let units = output.lines().filter_map(|line| line.strip_prefix("wrote ")).filter(|path| !path.contains("restart"));
    let mut verify = Command::new("systemd-analyze");
    verify.arg("verify").args(units.map(Path::new)).current_dir(folder.path());
    let Ok(output) = verify.output() else {
        let is_required = std::env::var_os("GRACEFUL_TEST_SERVERS").is_some_and(|value| value == "required");
        assert!(!is_required, "systemd-analyze is not installed");
        return eprintln!("skipped: systemd-analyze is not installed");
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{}: {errors}", output.status);
}

fn any_address() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<std::net::SocketAddr>().prop_map(|address| address.to_string()),
        "/[a-z%/\\\\ é=\n]{0,20}",
        any::<String>(),
    ]
}

fn call(arguments: &[&str]) -> (Ending, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ending = run(arguments.iter().map(Into::into), &mut &b""[..], &mut stdout, &mut stderr);
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(stderr.chars().all(is_harmless), "{stderr:?}");
    (ending, stdout)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever a binary says, the units have the lines that they should have, and pass the check.
    #[test]
    fn any_records(
        sockets in proptest::collection::vec(
            ("[a-c@.-]{1,3}", proptest::sample::select(&["tcp", "unix", "udp"][..]), any_address()), 1..4,
        ),
    ) {
        let folder = Folder::once("units_random");
        let path = folder.path().to_str().unwrap();
        let records: Vec<_> = sockets.iter().map(|(name, kind, address)| serde_json::json!({
            "graceful": 1, "kind": "socket", "module": "app", "name": name, "type": kind, "address": address,
            "file": "src/main.rs", "line": 1,
        }).to_string()).collect();
        let records: Vec<_> = records.iter().map(|record| &**record).collect();
        let (app, out) = (format!("{path}/app"), format!("{path}/out"));
        fs::write(&app, program(&records)).unwrap();
        let (ending, written) = call(&["units", &app, "--output", &out, "--force"]);
        if ending == Ending::Failed {
            return Ok(());
        }
        let mut check = vec!["check", &app, "--deny", "warnings"];
        for file in written.lines().filter_map(|line| line.strip_prefix("wrote ")) {
            if file.ends_with(".socket") {
                let text = fs::read_to_string(file).unwrap();
                let keys = text.lines().map(|line| line.split('=').next().unwrap());
                let keys: Vec<_> = keys.map(|key| if key.starts_with("Listen") { "Listen" } else { key }).collect();
                prop_assert_eq!(&keys[..4], &["[Socket]", "Listen", "FileDescriptorName", "Service"], "{}", text);
                prop_assert_eq!(keys.len(), 9, "{}", text);
            }
            if !file.contains("restart-") {
                check.extend(["-f", file]);
            }
        }
        let (ending, outcome) = call(&check);
        prop_assert_eq!(ending, Ending::Clean, "{}", outcome);
    }
}
