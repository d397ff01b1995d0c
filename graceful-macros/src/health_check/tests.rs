use expect_test::{Expect, expect};

use super::expand;
use crate::tests::pretty;

fn check(args: &str, item: &str, expected: Expect) {
    let tokens = expand(args.parse().unwrap(), item.parse().unwrap());
    expected.assert_eq(&pretty(tokens));
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
        #[cfg(any())]
        impl () {}
        #[doc(hidden)]
        #[allow(deprecated, unreachable_code, clippy::all, clippy::pedantic)]
        const _: () = {
            use ::graceful::__private::Box as __Box;
            fn __call(
                __context: ::graceful::__private::CheckContext,
            ) -> ::graceful::__private::CheckFuture {
                __Box::pin(async move {
                    use ::graceful::__private::{
                        ByConversion as _, ByDisplay as _, ByNothing as _,
                    };
                    let __value = database().await;
                    match <bool as ::graceful::__private::CheckResult<_>>::into_health(__value) {
                        ::core::result::Result::Ok(__health) => __health,
                        ::core::result::Result::Err(__error) => {
                            let __returned = ::graceful::__private::Returned::new(
                                ::core::result::Result::Err(__error),
                            );
                            ::graceful::__private::unhealthy((&&&__returned).outcome())
                        }
                    }
                })
            }
            ::graceful::__private::register_check! {
                name = ::core::option::Option::None, function = "database", file =
                "<parsed string 2>", line = 1, timeout = ::core::option::Option::None, call =
                ::graceful::__private::CheckCall::Async(__call), head =
                "{\"graceful\":1,\"kind\":\"health_check\",\"name\":null,\"function\":\"database\",\"module\":\"",
                tail = "\",\"timeout_ms\":null,\"file\":\"<parsed string 2>\",\"line\":1}\n",
            }
        };
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
            #[cfg(any())]
            impl () {}
            #[doc(hidden)]
            #[allow(deprecated, unreachable_code, clippy::all, clippy::pedantic)]
            const _: () = {
                use my::graceful::__private::Box as __Box;
                fn __call(
                    __context: my::graceful::__private::CheckContext,
                ) -> my::graceful::__private::CheckFuture {
                    __Box::pin(async move {
                        let __argument0 = match <Resource<
                            Pool,
                        > as my::graceful::__private::CheckArgument>::take(&__context) {
                            ::core::result::Result::Ok(__argument) => __argument,
                            ::core::result::Result::Err(__missing) => {
                                return ::core::convert::From::from(__missing);
                            }
                        };
                        let __argument1 = match <Deadline as my::graceful::__private::CheckArgument>::take(
                            &__context,
                        ) {
                            ::core::result::Result::Ok(__argument) => __argument,
                            ::core::result::Result::Err(__missing) => {
                                return ::core::convert::From::from(__missing);
                            }
                        };
                        use my::graceful::__private::{
                            ByConversion as _, ByDisplay as _, ByNothing as _,
                        };
                        let __value = database(__argument0, __argument1).await;
                        match <Result<
                            (),
                            Error,
                        > as my::graceful::__private::CheckResult<_>>::into_health(__value) {
                            ::core::result::Result::Ok(__health) => __health,
                            ::core::result::Result::Err(__error) => {
                                let __returned = my::graceful::__private::Returned::new(
                                    ::core::result::Result::Err(__error),
                                );
                                my::graceful::__private::unhealthy((&&&__returned).outcome())
                            }
                        }
                    })
                }
                my::graceful::__private::register_check! {
                    name = ::core::option::Option::Some("the \"db\""), function = "database", file =
                    "<parsed string 2>", line = 4, timeout =
                    ::core::option::Option::Some(::core::time::Duration::from_millis(500u64)), call =
                    my::graceful::__private::CheckCall::Async(__call), head =
                    "{\"graceful\":1,\"kind\":\"health_check\",\"name\":\"the \\\"db\\\"\",\"function\":\"database\",\"module\":\"",
                    tail = "\",\"timeout_ms\":500,\"file\":\"<parsed string 2>\",\"line\":4}\n",
                }
            };
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
        #[cfg(any())]
        impl () {}
        #[doc(hidden)]
        #[allow(deprecated, unreachable_code, clippy::all, clippy::pedantic)]
        const _: () = {
            fn __call(
                __context: ::graceful::__private::CheckContext,
            ) -> ::graceful::__private::Health {
                use ::graceful::__private::{ByConversion as _, ByDisplay as _, ByNothing as _};
                let __value = r#type();
                match <graceful::Health as ::graceful::__private::CheckResult<
                    _,
                >>::into_health(__value) {
                    ::core::result::Result::Ok(__health) => __health,
                    ::core::result::Result::Err(__error) => {
                        let __returned = ::graceful::__private::Returned::new(
                            ::core::result::Result::Err(__error),
                        );
                        ::graceful::__private::unhealthy((&&&__returned).outcome())
                    }
                }
            }
            ::graceful::__private::register_check! {
                name = ::core::option::Option::None, function = "type", file =
                "<parsed string 2>", line = 1, timeout = ::core::option::Option::None, call =
                ::graceful::__private::CheckCall::Blocking(__call), head =
                "{\"graceful\":1,\"kind\":\"health_check\",\"name\":null,\"function\":\"type\",\"module\":\"",
                tail = "\",\"timeout_ms\":null,\"file\":\"<parsed string 2>\",\"line\":1}\n",
            }
        };
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
            "only shutdown handlers have a `phase`: health checks run when health is asked for"
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
            r#"unsafe fn database < T > (self) { half . } :: core :: compile_error ! { "a health check cannot be `unsafe`" } :: core :: compile_error ! { "a health check cannot be generic" } :: core :: compile_error ! { "a health check is a free function: it cannot take `self`" } :: core :: compile_error ! { "a function can be a health check only once" } :: core :: compile_error ! { "a health check must return how it went: `bool`, `Result<(), E>` or `Health`" }"#
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
            "a health check must return how it went: `bool`, `Result<(), E>` or `Health`"
        }
    "#]],
    );
}
