use expect_test::{Expect, expect};

use super::expand;
use crate::tests::pretty;

fn check(args: &str, item: &str, expected: Expect) {
    let tokens = expand(args.parse().unwrap(), item.parse().unwrap());
    expected.assert_eq(&pretty(tokens));
}

#[test]
fn with_a_service() {
    check(
        "",
        "#[ignore] async fn ends(service: Service) -> Result<(), String> { service.shut_down().await; Ok(()) }",
        expect![[r#"
            #[ignore]
            #[::core::prelude::v1::test]
            fn ends() -> Result<(), String> {
                async fn ends(service: Service) -> Result<(), String> {
                    service.shut_down().await;
                    Ok(())
                }
                ::graceful::__private::run_test(
                    {
                        let mut __builder = ::graceful::__private::tokio::runtime::Builder::new_current_thread();
                        __builder.enable_all();
                        __builder
                    },
                    ::graceful::__private::Flavor::CurrentThread,
                    |__service| ends(__service),
                )
            }
        "#]],
    );
}

#[test]
fn without_argument() {
    check(
        r#"flavor = "multi_thread", worker_threads = 2, crate = bye"#,
        "async fn ends() { graceful::request_shutdown() }",
        expect![[r#"
            #[::core::prelude::v1::test]
            fn ends() {
                async fn ends() {
                    graceful::request_shutdown()
                }
                bye::__private::run_test(
                    {
                        let mut __builder = bye::__private::tokio::runtime::Builder::new_multi_thread();
                        __builder.enable_all().worker_threads(2usize);
                        __builder
                    },
                    bye::__private::Flavor::MultiThread,
                    |__service| async move {
                        let __service = __service;
                        ends().await
                    },
                )
            }
        "#]],
    );
}

#[test]
fn every_mistake_at_once() {
    check(
        "start_paused = 1, threads = 2",
        "#[tokio::test] fn ends<T>(a: Service, b: u8) {}",
        expect![[r##"
        #[allow(unused)]
        fn ends<T>(a: Service, b: u8) {}
        ::core::compile_error! {
            "unknown key `threads`\nexpected `flavor`, `worker_threads`, `start_paused`, `unhandled_panic`, `name`\nor `crate`"
        }
        ::core::compile_error! {
            "`start_paused` expects `true` or `false`"
        }
        ::core::compile_error! {
            "a test cannot be generic"
        }
        ::core::compile_error! {
            "a test under `#[graceful::test]` must be an `async fn`\na plain one needs only `#[test]`; it can call `graceful::testing::Rehearsal`"
        }
        ::core::compile_error! {
            "a test takes one argument, or none: `service: graceful::testing::Service`"
        }
        ::core::compile_error! {
            "remove this attribute: `#[graceful::test]` makes the function a test, and builds its runtime"
        }
    "##]],
    );
}
