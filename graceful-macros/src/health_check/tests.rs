use expect_test::{Expect, expect};

use super::expand;
use crate::tests::{named_at, pretty};

fn check(args: &str, item: &str, expected: Expect) {
    let tokens = expand(args.parse().unwrap(), item.parse().unwrap());
    expected.assert_eq(&pretty(tokens));
}

/// An IDE shows at a key the documentation of the builder's method.
#[test]
fn keys_are_methods_at_their_places() {
    let args = r#"timeout = "4s", name = "db""#;
    let expansion = expand(args.parse().unwrap(), "fn database() -> bool { true }".parse().unwrap());
    assert_eq!(named_at(expansion, &["timeout"]), ["timeout"]);
}

#[test]
fn minimal() {
    check(
        "",
        "async fn database() -> bool { true }",
        expect![[r#"
            async fn database() -> bool {
                true
            }
            #[doc(hidden)]
            #[allow(
                deprecated,
                unreachable_code,
                non_local_definitions,
                forbidden_lint_groups,
                clippy::all,
                clippy::pedantic
            )]
            enum __graceful_HealthCheck_database {
                __Registered = {
                    use ::graceful::__private::Box as __Box;
                    fn __call(
                        __context: ::graceful::__private::CheckContext,
                    ) -> ::graceful::__private::BoxFuture<::graceful::__private::Health> {
                        __Box::pin(async move {
                            use ::graceful::__private::Inferred as __Inferred;
                            use ::graceful::__private::{
                                AsItIs as _, ByConversion as _, ByDisplay as _, ByNothing as _,
                                ByReference as _,
                            };
                            let __value = database().await;
                            let __way = (&&&&&::graceful::__private::Returned::of(&__value)).way();
                            <__Inferred<
                                _,
                            > as ::graceful::__private::ReportableError>::check(__way.error());
                            <__Inferred<
                                _,
                            > as ::graceful::__private::HealthCheckReturn>::into_health(
                                __way.convert(__value),
                            )
                        })
                    }
                    ::graceful::__private::register! {
                        name = ::core::option::Option::None, function = "database", file =
                        "<parsed string 2>", line = 1, timeout = ::core::option::Option::None, role =
                        ::graceful::__private::HealthCheck { call :
                        ::graceful::__private::Call::Async(__call) }, head =
                        "{\"graceful\":1,\"kind\":\"health_check\",\"name\":null,\"function\":\"database\",\"module\":\"",
                        tail = "\",\"timeout_ms\":null,\"file\":\"<parsed string 2>\",\"line\":1}\n",
                    }
                    0
                },
            }
        "#]],
    );
}

#[test]
fn every_key() {
    check(
        r#"timeout = "500ms", name = "the \"db\"", crate = "my::graceful""#,
        r#"
            /// Asks it.
            #[cfg(unix)]
            pub async fn database(Resource(pool): Resource<Pool>, deadline: Deadline) -> Result<(), Error> {
                pool.ask(deadline).await
            }
        "#,
        expect![[r#"
            /// Asks it.
            #[cfg(unix)]
            pub async fn database(
                Resource(pool): Resource<Pool>,
                deadline: Deadline,
            ) -> Result<(), Error> {
                pool.ask(deadline).await
            }
            #[doc(hidden)]
            #[allow(
                deprecated,
                unreachable_code,
                non_local_definitions,
                forbidden_lint_groups,
                clippy::all,
                clippy::pedantic
            )]
            enum __graceful_HealthCheck_database {
                __Registered = {
                    use my::graceful::__private::Box as __Box;
                    fn __call(
                        __context: my::graceful::__private::CheckContext,
                    ) -> my::graceful::__private::BoxFuture<my::graceful::__private::Health> {
                        __Box::pin(async move {
                            let __argument0 = match <Resource<
                                Pool,
                            > as my::graceful::__private::HealthCheckArgument>::take(&__context) {
                                ::core::result::Result::Ok(__argument) => __argument,
                                ::core::result::Result::Err(__missing) => {
                                    return ::core::convert::From::from(__missing);
                                }
                            };
                            let __argument1 = match <Deadline as my::graceful::__private::HealthCheckArgument>::take(
                                &__context,
                            ) {
                                ::core::result::Result::Ok(__argument) => __argument,
                                ::core::result::Result::Err(__missing) => {
                                    return ::core::convert::From::from(__missing);
                                }
                            };
                            use my::graceful::__private::Inferred as __Inferred;
                            use my::graceful::__private::{
                                AsItIs as _, ByConversion as _, ByDisplay as _, ByNothing as _,
                                ByReference as _,
                            };
                            let __value = database(__argument0, __argument1).await;
                            let __way = (&&&&&my::graceful::__private::Returned::of(&__value)).way();
                            <__Inferred<
                                _,
                            > as my::graceful::__private::ReportableError>::check(__way.error());
                            <__Inferred<
                                _,
                            > as my::graceful::__private::HealthCheckReturn>::into_health(
                                __way.convert(__value),
                            )
                        })
                    }
                    let _ = my::graceful::HealthCheckBuilder::timeout;
                    my::graceful::__private::register! {
                        name = ::core::option::Option::Some("the \"db\""), function = "database",
                        file = "<parsed string 2>", line = 4, timeout =
                        ::core::option::Option::Some(::core::time::Duration::from_millis(500u64)),
                        role = my::graceful::__private::HealthCheck { call :
                        my::graceful::__private::Call::Async(__call) }, head =
                        "{\"graceful\":1,\"kind\":\"health_check\",\"name\":\"the \\\"db\\\"\",\"function\":\"database\",\"module\":\"",
                        tail = "\",\"timeout_ms\":500,\"file\":\"<parsed string 2>\",\"line\":4}\n",
                    }
                    0
                },
            }
        "#]],
    );
}

#[test]
fn plain() {
    check(
        "",
        "fn r#type() -> graceful::Health { Health::Healthy }",
        expect![[r#"
            fn r#type() -> graceful::Health {
                Health::Healthy
            }
            #[doc(hidden)]
            #[allow(
                deprecated,
                unreachable_code,
                non_local_definitions,
                forbidden_lint_groups,
                clippy::all,
                clippy::pedantic
            )]
            enum __graceful_HealthCheck_type {
                __Registered = {
                    fn __call(
                        __context: ::graceful::__private::CheckContext,
                    ) -> ::graceful::__private::Health {
                        use ::graceful::__private::Inferred as __Inferred;
                        use ::graceful::__private::{
                            AsItIs as _, ByConversion as _, ByDisplay as _, ByNothing as _,
                            ByReference as _,
                        };
                        let __value = r#type();
                        let __way = (&&&&&::graceful::__private::Returned::of(&__value)).way();
                        <__Inferred<
                            _,
                        > as ::graceful::__private::ReportableError>::check(__way.error());
                        <__Inferred<
                            _,
                        > as ::graceful::__private::HealthCheckReturn>::into_health(
                            __way.convert(__value),
                        )
                    }
                    ::graceful::__private::register! {
                        name = ::core::option::Option::None, function = "type", file =
                        "<parsed string 2>", line = 1, timeout = ::core::option::Option::None, role =
                        ::graceful::__private::HealthCheck { call :
                        ::graceful::__private::Call::Blocking(__call) }, head =
                        "{\"graceful\":1,\"kind\":\"health_check\",\"name\":null,\"function\":\"type\",\"module\":\"",
                        tail = "\",\"timeout_ms\":null,\"file\":\"<parsed string 2>\",\"line\":1}\n",
                    }
                    0
                },
            }
        "#]],
    );
}

#[test]
fn wrong_keys() {
    check(
        "time = \"1s\", timeout = 5, priority = 1, phase = \"drain\"",
        "fn database() -> bool { true }",
        expect![[r#"
            fn database() -> bool {
                true
            }
            ::core::compile_error! {
                "unknown key `time`, did you mean `timeout`?\nexpected `timeout`, `name` or `crate`"
            }
            ::core::compile_error! {
                "only shutdown handlers have a `priority`: health checks run at the same time"
            }
            ::core::compile_error! {
                "only shutdown handlers have a `phase`: health checks run when the health is requested"
            }
            ::core::compile_error! {
                "`timeout` expects a duration in quotes, did you mean `\"5s\"`?"
            }
        "#]],
    );
}

#[test]
fn wrong_signature() {
    check(
        "",
        "#[graceful::health_check] unsafe fn database<T>(self) { half. }",
        expect![[
            r#"unsafe fn database < T > (self) { half . } :: core :: compile_error ! { "a health check cannot be `unsafe`" } :: core :: compile_error ! { "a health check cannot be generic" } :: core :: compile_error ! { "a health check must be a free function: it cannot take `self`" } :: core :: compile_error ! { "a function can be a health check only once" } :: core :: compile_error ! { "a health check must return its result: `bool`, `Result<(), E>` or `Health`" }"#
        ]],
    );
}

#[test]
fn never() {
    check(
        "",
        "async fn database() -> ! { loop {} }",
        expect![[r#"
            async fn database() -> ! {
                loop {}
            }
            ::core::compile_error! {
                "a health check must return its result: `bool`, `Result<(), E>` or `Health`"
            }
        "#]],
    );
}
