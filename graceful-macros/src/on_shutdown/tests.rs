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
    let args = r#"priority = 10, after = stop, timeout = "4s", phase = "drain", name = "db""#;
    let expansion = expand(args.parse().unwrap(), "async fn close() {}".parse().unwrap());
    let keys = ["priority", "after", "timeout", "phase"];
    assert_eq!(named_at(expansion, &keys), keys);
}

/// The runtime does not warn of several values of a type that a handler takes as a whole.
#[test]
fn types_of_which_all_values_are_taken_are_listed() {
    let expansion = |arguments: &str| {
        let item = format!("fn close({arguments}) {{}}");
        expand(proc_macro2::TokenStream::new(), item.parse().unwrap()).to_string().replace(' ', "")
    };
    let listed = expansion("All(a):All<Shard>,r:Reason,b:graceful::All<u8>");
    let all_of = "all_of=[<All<Shard>as::graceful::__private::HandlerArgument>::ALL_OF,<graceful::All<u8>as::graceful::__private::HandlerArgument>::ALL_OF],";
    assert!(listed.contains(all_of), "{listed}");
    assert!(!expansion("r:Reason,Resource(b):Resource<u8>").contains("all_of"));
}

#[test]
fn minimal() {
    check(
        "",
        "async fn close() {}",
        expect![[r#"
            async fn close() {}
            #[doc(hidden)]
            #[allow(
                deprecated,
                unreachable_code,
                non_local_definitions,
                forbidden_lint_groups,
                clippy::all,
                clippy::pedantic
            )]
            enum close {
                __Registered = {
                    use ::graceful::__private::Box as __Box;
                    fn __call(
                        __context: ::graceful::__private::HandlerContext,
                    ) -> ::graceful::__private::BoxFuture<::graceful::__private::Outcome> {
                        __Box::pin(async move {
                            let () = close().await;
                            ::graceful::__private::Outcome::Completed
                        })
                    }
                    impl ::graceful::__private::NamedHandler for close {
                        const SHUTDOWN_ORDER: ::graceful::__private::Place = ::graceful::__private::Place {
                            phase: ::graceful::__private::HandlerPhase::Teardown,
                            priority: 0i32,
                        };
                        const NAMED: ::graceful::__private::Named<'static> = ::graceful::__private::Named {
                            path: ::core::concat!(::core::module_path!(), "::close"),
                            location: "<parsed string 2>:1",
                        };
                    }
                    ::graceful::__private::register! {
                        name = ::core::option::Option::None, function = "close", file =
                        "<parsed string 2>", line = 1, timeout = ::core::option::Option::None, role =
                        ::graceful::__private::Handler { priority : 0i32, phase :
                        ::graceful::__private::HandlerPhase::Teardown, after :
                        ::core::option::Option::None, call :
                        ::graceful::__private::Call::Async(__call) }, head =
                        "{\"graceful\":1,\"kind\":\"handler\",\"name\":null,\"function\":\"close\",\"module\":\"",
                        tail =
                        "\",\"priority\":0,\"timeout_ms\":null,\"phase\":\"teardown\",\"file\":\"<parsed string 2>\",\"line\":1}\n",
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
        r#"priority = -10, timeout = "1m 30s", name = "the \"db\"", phase = "drain", crate = "my::graceful""#,
        r#"
            /// Closes it.
            #[cfg(unix)]
            pub async fn close(Resource(pool): Resource<Pool>, reason: Reason) -> Result<(), Error> {
                pool.close().await
            }
        "#,
        expect![[r#"
            /// Closes it.
            #[cfg(unix)]
            pub async fn close(Resource(pool): Resource<Pool>, reason: Reason) -> Result<(), Error> {
                pool.close().await
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
            pub enum close {
                __Registered = {
                    use my::graceful::__private::Box as __Box;
                    fn __call(
                        __context: my::graceful::__private::HandlerContext,
                    ) -> my::graceful::__private::BoxFuture<my::graceful::__private::Outcome> {
                        __Box::pin(async move {
                            let __argument0 = match <Resource<
                                Pool,
                            > as my::graceful::__private::HandlerArgument>::take(&__context) {
                                ::core::result::Result::Ok(__argument) => __argument,
                                ::core::result::Result::Err(__missing) => {
                                    return ::core::convert::From::from(__missing);
                                }
                            };
                            let __argument1 = match <Reason as my::graceful::__private::HandlerArgument>::take(
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
                            let __value = close(__argument0, __argument1).await;
                            let __way = (&&&&&my::graceful::__private::Returned::of(&__value)).way();
                            <__Inferred<
                                _,
                            > as my::graceful::__private::ReportableError>::check(__way.error());
                            <__Inferred<
                                _,
                            > as my::graceful::__private::HandlerReturn>::into_outcome(
                                __way.convert(__value),
                            )
                        })
                    }
                    let _ = my::graceful::HandlerBuilder::priority;
                    let _ = my::graceful::HandlerBuilder::timeout;
                    let _ = my::graceful::HandlerBuilder::phase;
                    impl my::graceful::__private::NamedHandler for close {
                        const SHUTDOWN_ORDER: my::graceful::__private::Place = my::graceful::__private::Place {
                            phase: my::graceful::__private::HandlerPhase::Drain,
                            priority: -10i32,
                        };
                        const NAMED: my::graceful::__private::Named<'static> = my::graceful::__private::Named {
                            path: ::core::concat!(::core::module_path!(), "::close"),
                            location: "<parsed string 2>:4",
                        };
                    }
                    my::graceful::__private::register! {
                        name = ::core::option::Option::Some("the \"db\""), function = "close", file =
                        "<parsed string 2>", line = 4, timeout =
                        ::core::option::Option::Some(::core::time::Duration::from_secs(90u64)), role
                        = my::graceful::__private::Handler { priority : - 10i32, phase :
                        my::graceful::__private::HandlerPhase::Drain, after :
                        ::core::option::Option::None, call :
                        my::graceful::__private::Call::Async(__call) }, head =
                        "{\"graceful\":1,\"kind\":\"handler\",\"name\":\"the \\\"db\\\"\",\"function\":\"close\",\"module\":\"",
                        tail =
                        "\",\"priority\":-10,\"timeout_ms\":90000,\"phase\":\"drain\",\"file\":\"<parsed string 2>\",\"line\":4}\n",
                    }
                    0
                },
            }
        "#]],
    );
}

#[test]
fn after() {
    check(
        "priority = order::CLOSE, after = [stop, #[cfg(unix)] crate::http::close]",
        "pub(crate) fn close() {}",
        expect![[r#"
            pub(crate) fn close() {}
            #[doc(hidden)]
            #[allow(
                deprecated,
                unreachable_code,
                non_local_definitions,
                forbidden_lint_groups,
                clippy::all,
                clippy::pedantic
            )]
            pub(crate) enum close {
                __Registered = {
                    fn __call(
                        __context: ::graceful::__private::HandlerContext,
                    ) -> ::graceful::__private::Outcome {
                        let () = close();
                        ::graceful::__private::Outcome::Completed
                    }
                    let _ = ::graceful::HandlerBuilder::priority;
                    let _ = ::graceful::HandlerBuilder::after;
                    const __PRIORITY: ::core::primitive::i32 = order::CLOSE;
                    const __PRIORITY_AFTER: ::core::primitive::i32 = <close as ::graceful::__private::NamedHandler>::SHUTDOWN_ORDER
                        .priority;
                    const __AFTER: &[::graceful::__private::Named<'static>] = &[
                        ::graceful::__private::named::<stop>(),
                        #[cfg(unix)]
                        ::graceful::__private::named::<crate::http::close>(),
                    ];
                    const _: () = ::graceful::__private::check(
                        <stop as ::graceful::__private::NamedHandler>::SHUTDOWN_ORDER,
                        ::graceful::__private::HandlerPhase::Teardown,
                        ::core::option::Option::Some(__PRIORITY),
                    );
                    #[cfg(unix)]
                    const _: () = ::graceful::__private::check(
                        <crate::http::close as ::graceful::__private::NamedHandler>::SHUTDOWN_ORDER,
                        ::graceful::__private::HandlerPhase::Teardown,
                        ::core::option::Option::Some(__PRIORITY),
                    );
                    impl ::graceful::__private::NamedHandler for close {
                        const SHUTDOWN_ORDER: ::graceful::__private::Place = {
                            let __place = ::graceful::__private::place(
                                ::graceful::__private::HandlerPhase::Teardown,
                                ::core::option::Option::Some(__PRIORITY),
                            );
                            let __place = __place
                                .after(
                                    <stop as ::graceful::__private::NamedHandler>::SHUTDOWN_ORDER,
                                );
                            #[cfg(unix)]
                            let __place = __place
                                .after(
                                    <crate::http::close as ::graceful::__private::NamedHandler>::SHUTDOWN_ORDER,
                                );
                            __place
                        };
                        const NAMED: ::graceful::__private::Named<'static> = ::graceful::__private::Named {
                            path: ::core::concat!(::core::module_path!(), "::close"),
                            location: "<parsed string 2>:1",
                        };
                    }
                    ::graceful::__private::register! {
                        name = ::core::option::Option::None, function = "close", file =
                        "<parsed string 2>", line = 1, timeout = ::core::option::Option::None, role =
                        ::graceful::__private::Handler { priority : __PRIORITY_AFTER, phase :
                        ::graceful::__private::HandlerPhase::Teardown, after :
                        ::core::option::Option::Some(::graceful::__private::After::new(|| __AFTER)),
                        call : ::graceful::__private::Call::Blocking(__call) }, head =
                        "{\"graceful\":1,\"kind\":\"handler\",\"name\":null,\"function\":\"close\",\"module\":\"",
                        tail = "\",\"priority\":", Integer = __PRIORITY_AFTER, tail =
                        ",\"timeout_ms\":null,\"after\":", After = __AFTER, tail =
                        ",\"phase\":\"teardown\",\"file\":\"<parsed string 2>\",\"line\":1}\n",
                    }
                    0
                },
            }
        "#]],
    );
}

#[test]
fn after_without_a_name() {
    check(
        "after = stop, named = false",
        "fn close() {}",
        expect![[r#"
            fn close() {}
            #[doc(hidden)]
            #[allow(
                deprecated,
                unreachable_code,
                non_local_definitions,
                forbidden_lint_groups,
                clippy::all,
                clippy::pedantic
            )]
            enum __graceful_Handler_close {
                __Registered = {
                    fn __call(
                        __context: ::graceful::__private::HandlerContext,
                    ) -> ::graceful::__private::Outcome {
                        let () = close();
                        ::graceful::__private::Outcome::Completed
                    }
                    let _ = ::graceful::HandlerBuilder::after;
                    const __PRIORITY_AFTER: ::core::primitive::i32 = {
                        let __place = ::graceful::__private::place(
                            ::graceful::__private::HandlerPhase::Teardown,
                            ::core::option::Option::None,
                        );
                        let __place = __place
                            .after(<stop as ::graceful::__private::NamedHandler>::SHUTDOWN_ORDER);
                        __place
                    }
                        .priority;
                    const __AFTER: &[::graceful::__private::Named<'static>] = &[
                        ::graceful::__private::named::<stop>(),
                    ];
                    const _: () = ::graceful::__private::check(
                        <stop as ::graceful::__private::NamedHandler>::SHUTDOWN_ORDER,
                        ::graceful::__private::HandlerPhase::Teardown,
                        ::core::option::Option::None,
                    );
                    ::graceful::__private::register! {
                        name = ::core::option::Option::None, function = "close", file =
                        "<parsed string 2>", line = 1, timeout = ::core::option::Option::None, role =
                        ::graceful::__private::Handler { priority : __PRIORITY_AFTER, phase :
                        ::graceful::__private::HandlerPhase::Teardown, after :
                        ::core::option::Option::Some(::graceful::__private::After::new(|| __AFTER)),
                        call : ::graceful::__private::Call::Blocking(__call) }, head =
                        "{\"graceful\":1,\"kind\":\"handler\",\"name\":null,\"function\":\"close\",\"module\":\"",
                        tail = "\",\"priority\":", Integer = __PRIORITY_AFTER, tail =
                        ",\"timeout_ms\":null,\"after\":", After = __AFTER, tail =
                        ",\"phase\":\"teardown\",\"file\":\"<parsed string 2>\",\"line\":1}\n",
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
        "fn r#type() -> anyhow::Result<()> { Ok(()) }",
        expect![[r#"
            fn r#type() -> anyhow::Result<()> {
                Ok(())
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
            enum r#type {
                __Registered = {
                    fn __call(
                        __context: ::graceful::__private::HandlerContext,
                    ) -> ::graceful::__private::Outcome {
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
                        > as ::graceful::__private::HandlerReturn>::into_outcome(
                            __way.convert(__value),
                        )
                    }
                    impl ::graceful::__private::NamedHandler for r#type {
                        const SHUTDOWN_ORDER: ::graceful::__private::Place = ::graceful::__private::Place {
                            phase: ::graceful::__private::HandlerPhase::Teardown,
                            priority: 0i32,
                        };
                        const NAMED: ::graceful::__private::Named<'static> = ::graceful::__private::Named {
                            path: ::core::concat!(::core::module_path!(), "::type"),
                            location: "<parsed string 2>:1",
                        };
                    }
                    ::graceful::__private::register! {
                        name = ::core::option::Option::None, function = "type", file =
                        "<parsed string 2>", line = 1, timeout = ::core::option::Option::None, role =
                        ::graceful::__private::Handler { priority : 0i32, phase :
                        ::graceful::__private::HandlerPhase::Teardown, after :
                        ::core::option::Option::None, call :
                        ::graceful::__private::Call::Blocking(__call) }, head =
                        "{\"graceful\":1,\"kind\":\"handler\",\"name\":null,\"function\":\"type\",\"module\":\"",
                        tail =
                        "\",\"priority\":0,\"timeout_ms\":null,\"phase\":\"teardown\",\"file\":\"<parsed string 2>\",\"line\":1}\n",
                    }
                    0
                },
            }
        "#]],
    );
}

#[test]
fn never() {
    check(
        "",
        "async fn forever() -> ! { pending().await }",
        expect![[r#"
            async fn forever() -> ! {
                pending().await
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
            enum forever {
                __Registered = {
                    use ::graceful::__private::Box as __Box;
                    fn __call(
                        __context: ::graceful::__private::HandlerContext,
                    ) -> ::graceful::__private::BoxFuture<::graceful::__private::Outcome> {
                        __Box::pin(async move {
                            let __outcome: ::graceful::__private::Outcome = forever().await;
                            __outcome
                        })
                    }
                    impl ::graceful::__private::NamedHandler for forever {
                        const SHUTDOWN_ORDER: ::graceful::__private::Place = ::graceful::__private::Place {
                            phase: ::graceful::__private::HandlerPhase::Teardown,
                            priority: 0i32,
                        };
                        const NAMED: ::graceful::__private::Named<'static> = ::graceful::__private::Named {
                            path: ::core::concat!(::core::module_path!(), "::forever"),
                            location: "<parsed string 2>:1",
                        };
                    }
                    ::graceful::__private::register! {
                        name = ::core::option::Option::None, function = "forever", file =
                        "<parsed string 2>", line = 1, timeout = ::core::option::Option::None, role =
                        ::graceful::__private::Handler { priority : 0i32, phase :
                        ::graceful::__private::HandlerPhase::Teardown, after :
                        ::core::option::Option::None, call :
                        ::graceful::__private::Call::Async(__call) }, head =
                        "{\"graceful\":1,\"kind\":\"handler\",\"name\":null,\"function\":\"forever\",\"module\":\"",
                        tail =
                        "\",\"priority\":0,\"timeout_ms\":null,\"phase\":\"teardown\",\"file\":\"<parsed string 2>\",\"line\":1}\n",
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
        "prio = 1, timeout = 5",
        "fn close() {}",
        expect![[r#"
            fn close() {}
            ::core::compile_error! {
                "unknown key `prio`, did you mean `priority`?\nexpected `priority`, `after`, `timeout`, `name`, `named`, `phase` or `crate`"
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
        "#[on_shutdown] unsafe fn close<T>(self) { half. }",
        expect![[
            r#"unsafe fn close < T > (self) { half . } :: core :: compile_error ! { "a shutdown handler cannot be `unsafe`" } :: core :: compile_error ! { "a shutdown handler cannot be generic" } :: core :: compile_error ! { "a shutdown handler must be a free function: it cannot take `self`" } :: core :: compile_error ! { "a function can be a shutdown handler only once" }"#
        ]],
    );
}
