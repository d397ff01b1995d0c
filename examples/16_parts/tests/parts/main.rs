//! `16_parts` as a process: tenants that stop and fail under load.
#![cfg(unix)]

mod load;
mod service;

use std::fs::{self, File};
use std::io::Write;
use std::thread;

use graceful_process_tests::Signal;
use graceful_server_tests::comment::assert_output;
use graceful_server_tests::server::assert_order;

use crate::load::Load;
use crate::service::{Service, send};

#[test]
fn it_prints_what_its_comment_says() {
    let mut service = Service::at_terminal();
    service.open("red");
    service.open("blue");
    assert_eq!(service.add("red", "a row").status, 202);
    service.stop("red");
    service.server.signal(Signal::SIGINT);
    let (output, _files) = service.ends_cleanly();
    assert_output(include_str!("../../src/main.rs"), &output);
}

#[test]
fn a_tenant_that_stops_loses_no_row_and_disturbs_no_other() {
    let mut service = Service::start();
    let [red, green, blue] = ["red", "green", "blue"].map(|tenant| service.put_under_load(tenant));
    [&red, &green, &blue].into_iter().for_each(Load::goes_on);

    // The stop waits for a request whose body the test holds back.
    let mut held = service.connect();
    held.say("POST /tenants/red/rows HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        .expect("a server that reads");
    assert_eq!(held.line().expect("an answer"), "HTTP/1.1 100 Continue");
    assert_eq!(held.line().expect("its end"), "");
    let mut stopping = service.connect();
    let stop = thread::spawn(move || send(&mut stopping, "DELETE", "/tenants/red", "").expect("an answer"));
    service.server.line("shutting down scope `red` within 30 s");

    let of_red = red.until_refused();
    [&green, &blue].into_iter().for_each(Load::goes_on);
    // It still stops: otherwise it could be opened.
    let refused = service.send("PUT", "/tenants/red", "");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));

    held.say("held").expect("a server that reads");
    assert_eq!(held.answer().expect("an answer").status, 202);
    let answer = stop.join().expect("no panic");
    assert!(answer.status == 200 && answer.body.starts_with("scope `red` ended in "), "{answer:?}");
    let mut rows = service.files.sorted("red");
    let mut expected = [of_red, vec!["held".to_owned()]].concat();
    expected.sort();
    assert_eq!(rows, expected);
    assert_eq!(service.add("red", "too late").status, 404);

    // The same tenant again.
    let red = service.put_under_load("red");
    [&red, &green, &blue].into_iter().for_each(Load::goes_on);
    expected.extend(red.end());
    let others = [("green", green.end()), ("blue", blue.end())];
    service.stop("red");
    rows = service.files.sorted("red");
    expected.sort();
    assert_eq!(rows, expected);

    service.server.signal(Signal::SIGTERM);
    let (output, files) = service.ends_cleanly();
    assert_order(&output, &["draining", "`green/flush` completed", "exit code 0"]);
    for (tenant, accepted) in others {
        assert_eq!(files.sorted(tenant), accepted, "{tenant}");
    }
}

#[test]
fn a_stop_of_the_service_writes_the_rows_of_all_tenants() {
    let mut service = Service::start();
    let loads = ["red", "green", "blue"].map(|tenant| (tenant, service.put_under_load(tenant)));
    for (_, load) in &loads {
        load.goes_on();
    }
    service.server.signal(Signal::SIGTERM);
    let loads = loads.map(|(tenant, load)| (tenant, load.until_cut()));
    let (_, files) = service.ends_cleanly();
    for (tenant, accepted) in loads {
        let mut rows = files.sorted(tenant);
        let in_doubt = rows.len() - accepted.len();
        assert!(in_doubt <= load::CLIENTS, "{in_doubt} more rows than accepted");
        rows.dedup();
        rows.retain(|row| accepted.binary_search(row).is_ok());
        assert_eq!(rows, accepted, "{tenant}");
    }
}

/// Its file is missing meanwhile.
#[test]
fn a_consumer_that_fails_is_restarted_and_loses_no_row() {
    let mut service = Service::start();
    service.open("red");
    let blue = service.put_under_load("blue");
    let mut accepted = service.add_rows("red", 0..50);
    let [file, aside] = ["red.rows", "aside"].map(|name| service.files.path(name));

    fs::rename(&file, &aside).expect("a file");
    accepted.extend(service.add_rows("red", 50..100));
    service.server.line("restarting the task `red/consumer`");
    service.server.line("attempt 3 failed: No such file or directory");
    service.health_has(r#""name":"red/consumer","status":"degraded","message":"restarting: attempt "#);
    assert_eq!(service.send("GET", "/ready", "").status, 200);
    blue.goes_on();

    // As if the batch had been written in part.
    File::options().append(true).open(&aside).expect("a file").write_all(b"row ").expect("space");
    fs::rename(&aside, &file).expect("a file");
    service.health_has(r#""name":"red/consumer","status":"healthy""#);
    service.files.wait_for("red", accepted.len());
    accepted.sort();
    assert_eq!(service.files.sorted("red"), accepted);

    let of_blue = blue.end();
    service.stop("blue");
    assert_eq!(service.files.sorted("blue"), of_blue);
    service.server.signal(Signal::SIGTERM);
    service.ends_cleanly();
}

/// In the drain no task is restarted.
#[test]
fn the_handler_writes_what_a_consumer_that_is_down_has_left() {
    let mut service = Service::start();
    service.open("red");
    let mut accepted = service.add_rows("red", 0..50);
    let [file, aside] = ["red.rows", "aside"].map(|name| service.files.path(name));

    fs::rename(&file, &aside).expect("a file");
    accepted.extend(service.add_rows("red", 50..550));
    service.server.line("attempt 3 failed: No such file or directory");
    fs::rename(&aside, &file).expect("a file");
    service.stop("red");
    accepted.sort();
    assert_eq!(service.files.sorted("red"), accepted);
}
