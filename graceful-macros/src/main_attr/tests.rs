use expect_test::{Expect, expect};

use super::{Features, expand_with};
use crate::tests::{named_at, pretty};

fn check(args: &str, item: &str, expected: Expect) {
    check_with(Features { kubernetes: true, probes: true, systemd: false }, args, item, expected);
}

fn check_with(features: Features, args: &str, item: &str, expected: Expect) {
    let tokens = expand_with(features, args.parse().unwrap(), item.parse().unwrap());
    expected.assert_eq(&pretty(tokens));
}

/// An IDE shows at a key the documentation of the method that it stands for.
#[test]
fn keys_are_methods_at_their_places() {
    let features = Features { kubernetes: true, probes: true, systemd: false };
    let expansion = |args: &str| {
        let item = "async fn main() {}".parse().unwrap();
        expand_with(features, args.parse().unwrap(), item)
    };
    let config = [
        ("grace_period", "\"30s\""),
        ("lame_duck", "\"1s\""),
        ("drain_timeout", "\"2s\""),
        ("handler_timeout", "\"3s\""),
        ("heartbeat_timeout", "\"4s\""),
        ("health_cache", "\"5s\""),
        ("signals", "[SIGTERM]"),
        ("probes", "\"0.0.0.0:8081\""),
    ];
    let args: String = config.iter().map(|(key, value)| format!("{key} = {value}, ")).collect();
    let keys = config.map(|(key, _)| key);
    assert_eq!(named_at(expansion(&args), &keys), keys);

    let keys = ["worker_threads", "name"];
    assert_eq!(named_at(expansion(r#"worker_threads = 4, name = "app""#), &keys), keys);

    let args = r#"flavor = "current_thread", start_paused = true, unhandled_panic = "ignore""#;
    let named = named_at(expansion(args), &["start_paused", "unhandled_panic"]);
    assert_eq!(named, ["start_paused", "unhandled_panic", "UnhandledPanic"]);
}

#[test]
fn minimal() {
    check(
        "",
        "async fn main() { serve().await }",
        expect![[r##"
            #[allow(forbidden_lint_groups)]
            fn main() {
                #[allow(clippy::unused_async)]
                async fn main() {
                    serve().await
                }
                fn __config() -> ::graceful::Config {
                    ::graceful::Config::new()
                }
                #[cfg(test)]
                const _: () = {
                    ::graceful::__private::inventory::submit! {
                        ::graceful::__private::MainConfig(__config)
                    }
                };
                const _: () = {
                    ::graceful::__private::register_main! {
                        head = "{\"graceful\":1,\"kind\":\"main\",\"crate\":\"", tail =
                        "\",\"grace_period_ms\":null,\"lame_duck_ms\":null,\"drain_timeout_ms\":null,\"handler_timeout_ms\":null,\"heartbeat_timeout_ms\":null,\"health_cache_ms\":null,\"signals\":null,\"probes\":null,\"file\":\"<parsed string 2>\",\"line\":1}\n"
                    }
                };
                ::graceful::__private::run_async(
                    __config(),
                    ::graceful::__private::Flavor::MultiThread,
                    {
                        let mut __builder = ::graceful::__private::tokio::runtime::Builder::new_multi_thread();
                        __builder.enable_all();
                        __builder
                    },
                    main(),
                )
            }
            #[cfg(any())]
            impl () {}
            #[cfg(test)]
            #[::core::prelude::v1::test]
            fn graceful_plan() {
                ::graceful::__private::assert_main_plan()
            }
        "##]],
    );
}

#[test]
fn every_key() {
    check(
        r#"grace_period = "30s", lame_duck = "500ms", drain_timeout = "0s", handler_timeout = "1us",
           signals = [SIGTERM, SIGHUP], probes = "127.0.0.1:8081", heartbeat_timeout = "1m", health_cache = "0s",
           plan_test = false, flavor = "multi_thread", worker_threads = 4,
           name = "app", crate = my::graceful"#,
        r#"
            /// Serves.
            #[instrument]
            pub(crate) async fn main() -> Result<(), Error> {
                #![allow(unused)]
                serve().await?;
                Ok(())
            }
        "#,
        expect![[r#"
            /// Serves.
            #[allow(forbidden_lint_groups)]
            pub(crate) fn main() {
                #[allow(clippy::unused_async)]
                #[instrument]
                async fn main() -> Result<(), Error> {
                    #![allow(unused)]
                    serve().await?;
                    Ok(())
                }
                fn __config() -> my::graceful::Config {
                    my::graceful::Config::new()
                        .grace_period(::core::time::Duration::from_secs(30u64))
                        .lame_duck(::core::time::Duration::from_millis(500u64))
                        .drain_timeout(::core::time::Duration::from_secs(0u64))
                        .handler_timeout(::core::time::Duration::new(0u64, 1000u32))
                        .heartbeat_timeout(::core::time::Duration::from_secs(60u64))
                        .health_cache(::core::time::Duration::from_secs(0u64))
                        .signals([my::graceful::Signal::Terminate, my::graceful::Signal::Hangup])
                        .probes(([127u8, 0u8, 0u8, 1u8], 8081u16))
                }
                #[cfg(test)]
                const _: () = {
                    my::graceful::__private::inventory::submit! {
                        my::graceful::__private::MainConfig(__config)
                    }
                };
                const _: () = {
                    my::graceful::__private::register_main! {
                        head = "{\"graceful\":1,\"kind\":\"main\",\"crate\":\"", tail =
                        "\",\"grace_period_ms\":30000,\"lame_duck_ms\":500,\"drain_timeout_ms\":0,\"handler_timeout_ms\":1,\"heartbeat_timeout_ms\":60000,\"health_cache_ms\":0,\"signals\":[\"SIGTERM\",\"SIGHUP\"],\"probes\":\"127.0.0.1:8081\",\"file\":\"<parsed string 2>\",\"line\":4}\n"
                    }
                };
                use my::graceful::__private::Inferred as __Inferred;
                use my::graceful::__private::{
                    MainAsItIs as _, MainByConversion as _, MainByDisplay as _, MainByReference as _,
                };
                my::graceful::__private::run_async(
                    __config(),
                    my::graceful::__private::Flavor::MultiThread,
                    {
                        let mut __builder = my::graceful::__private::tokio::runtime::Builder::new_multi_thread();
                        __builder.enable_all().worker_threads(4usize).name("app");
                        __builder
                    },
                    async {
                        let __value = main().await;
                        let __way = (&&&my::graceful::__private::Returned::of(&__value)).main_way();
                        <__Inferred<_> as ::std::process::Termination>::report(__way(__value))
                    },
                )
            }
            #[cfg(any())]
            impl () {}
        "#]],
    );
}

#[test]
fn current_thread() {
    check(
        r#"flavor = "current_thread", start_paused = true, unhandled_panic = "shutdown_runtime", plan_test = false"#,
        "async fn main() {}",
        expect![[r##"
            #[allow(forbidden_lint_groups)]
            fn main() {
                #[allow(clippy::unused_async)]
                async fn main() {}
                fn __config() -> ::graceful::Config {
                    ::graceful::Config::new()
                }
                #[cfg(test)]
                const _: () = {
                    ::graceful::__private::inventory::submit! {
                        ::graceful::__private::MainConfig(__config)
                    }
                };
                const _: () = {
                    ::graceful::__private::register_main! {
                        head = "{\"graceful\":1,\"kind\":\"main\",\"crate\":\"", tail =
                        "\",\"grace_period_ms\":null,\"lame_duck_ms\":null,\"drain_timeout_ms\":null,\"handler_timeout_ms\":null,\"heartbeat_timeout_ms\":null,\"health_cache_ms\":null,\"signals\":null,\"probes\":null,\"file\":\"<parsed string 2>\",\"line\":1}\n"
                    }
                };
                ::graceful::__private::run_async(
                    __config(),
                    ::graceful::__private::Flavor::CurrentThread,
                    {
                        let mut __builder = ::graceful::__private::tokio::runtime::Builder::new_current_thread();
                        __builder
                            .enable_all()
                            .start_paused(true)
                            .unhandled_panic(
                                ::graceful::__private::tokio::runtime::UnhandledPanic::ShutdownRuntime,
                            );
                        __builder
                    },
                    main(),
                )
            }
            #[cfg(any())]
            impl () {}
        "##]],
    );
}

#[test]
fn plain() {
    check(
        "plan_test = false",
        "fn main() -> ExitCode { run() }",
        expect![[r##"
            #[allow(forbidden_lint_groups)]
            fn main() {
                #[allow(clippy::unused_async)]
                fn main() -> ExitCode {
                    run()
                }
                fn __config() -> ::graceful::Config {
                    ::graceful::Config::new()
                }
                #[cfg(test)]
                const _: () = {
                    ::graceful::__private::inventory::submit! {
                        ::graceful::__private::MainConfig(__config)
                    }
                };
                const _: () = {
                    ::graceful::__private::register_main! {
                        head = "{\"graceful\":1,\"kind\":\"main\",\"crate\":\"", tail =
                        "\",\"grace_period_ms\":null,\"lame_duck_ms\":null,\"drain_timeout_ms\":null,\"handler_timeout_ms\":null,\"heartbeat_timeout_ms\":null,\"health_cache_ms\":null,\"signals\":null,\"probes\":null,\"file\":\"<parsed string 2>\",\"line\":1}\n"
                    }
                };
                use ::graceful::__private::Inferred as __Inferred;
                use ::graceful::__private::{
                    MainAsItIs as _, MainByConversion as _, MainByDisplay as _, MainByReference as _,
                };
                ::graceful::__private::run_sync(
                    __config(),
                    ::graceful::__private::Flavor::MultiThread,
                    {
                        let mut __builder = ::graceful::__private::tokio::runtime::Builder::new_multi_thread();
                        __builder.enable_all();
                        __builder
                    },
                    || {
                        let __value = main();
                        let __way = (&&&::graceful::__private::Returned::of(&__value)).main_way();
                        <__Inferred<_> as ::graceful::__private::MainReturn>::report(__way(__value))
                    },
                )
            }
            #[cfg(any())]
            impl () {}
        "##]],
    );
}

#[test]
fn wrong_keys_are_left_out() {
    check(
        r#"grace = "30s", lame_duck = "1s", plan_test = false"#,
        "async fn main() {}",
        expect![[r##"
            #[allow(forbidden_lint_groups)]
            fn main() {
                #[allow(clippy::unused_async)]
                async fn main() {}
                fn __config() -> ::graceful::Config {
                    ::graceful::Config::new().lame_duck(::core::time::Duration::from_secs(1u64))
                }
                #[cfg(test)]
                const _: () = {
                    ::graceful::__private::inventory::submit! {
                        ::graceful::__private::MainConfig(__config)
                    }
                };
                const _: () = {
                    ::graceful::__private::register_main! {
                        head = "{\"graceful\":1,\"kind\":\"main\",\"crate\":\"", tail =
                        "\",\"grace_period_ms\":null,\"lame_duck_ms\":1000,\"drain_timeout_ms\":null,\"handler_timeout_ms\":null,\"heartbeat_timeout_ms\":null,\"health_cache_ms\":null,\"signals\":null,\"probes\":null,\"file\":\"<parsed string 2>\",\"line\":1}\n"
                    }
                };
                ::graceful::__private::run_async(
                    __config(),
                    ::graceful::__private::Flavor::MultiThread,
                    {
                        let mut __builder = ::graceful::__private::tokio::runtime::Builder::new_multi_thread();
                        __builder.enable_all();
                        __builder
                    },
                    main(),
                )
            }
            #[cfg(any())]
            impl () {}
            ::core::compile_error! {
                "unknown key `grace`, did you mean `grace_period`?"
            }
        "##]],
    );
}

#[test]
fn wrong_signature_is_not_called() {
    check(
        "lame_dukc = \"1s\"",
        "pub async fn main<T>(args: T) -> T { args }",
        expect![[r##"
            #[allow(forbidden_lint_groups)]
            pub fn main() {
                #[allow(unused)]
                async fn main<T>(args: T) -> T {
                    args
                }
            }
            ::core::compile_error! {
                "unknown key `lame_dukc`, did you mean `lame_duck`?"
            }
            ::core::compile_error! {
                "main cannot be generic"
            }
            ::core::compile_error! {
                "main cannot take arguments"
            }
        "##]],
    );
}

#[test]
fn keys_need_their_feature() {
    check_with(
        Features { kubernetes: false, probes: false, systemd: true },
        r#"probes = "localhost", heartbeat_timeout = "0s", health_cache = "2s", manifest = 1, service = 2, plan_test = false"#,
        "async fn main() {}",
        expect![[r##"
            #[allow(forbidden_lint_groups)]
            fn main() {
                #[allow(clippy::unused_async)]
                async fn main() {}
                fn __config() -> ::graceful::Config {
                    ::graceful::Config::new().health_cache(::core::time::Duration::from_secs(2u64))
                }
                #[cfg(test)]
                const _: () = {
                    ::graceful::__private::inventory::submit! {
                        ::graceful::__private::MainConfig(__config)
                    }
                };
                const _: () = {
                    ::graceful::__private::register_main! {
                        head = "{\"graceful\":1,\"kind\":\"main\",\"crate\":\"", tail =
                        "\",\"grace_period_ms\":null,\"lame_duck_ms\":null,\"drain_timeout_ms\":null,\"handler_timeout_ms\":null,\"heartbeat_timeout_ms\":null,\"health_cache_ms\":2000,\"signals\":null,\"probes\":null,\"systemd\":true,\"file\":\"<parsed string 2>\",\"line\":1}\n"
                    }
                };
                ::graceful::__private::run_async(
                    __config(),
                    ::graceful::__private::Flavor::MultiThread,
                    {
                        let mut __builder = ::graceful::__private::tokio::runtime::Builder::new_multi_thread();
                        __builder.enable_all();
                        __builder
                    },
                    main(),
                )
            }
            #[cfg(any())]
            impl () {}
            ::core::compile_error! {
                "the key `probes` needs the feature `probes` of the package `gracefully`\n`cargo add gracefully --features probes` turns it on"
            }
            ::core::compile_error! {
                "the key `heartbeat_timeout` needs the feature `probes` of the package `gracefully`\n`cargo add gracefully --features probes` turns it on"
            }
            ::core::compile_error! {
                "the key `manifest` needs the feature `kubernetes` of the package `gracefully`\n`cargo add gracefully --features kubernetes` turns it on"
            }
            ::core::compile_error! {
                "the key `service` needs the feature `kubernetes` of the package `gracefully`\n`cargo add gracefully --features kubernetes` turns it on"
            }
        "##]],
    );
}

#[test]
fn values_are_looked_at_with_the_feature() {
    check(
        r#"probes = "localhost", heartbeat_timeout = "0s", health_cache = "2s", manifest = 1, service = 2, plan_test = false"#,
        "async fn main() {}",
        expect![[r##"
            #[allow(forbidden_lint_groups)]
            fn main() {
                #[allow(clippy::unused_async)]
                async fn main() {}
                fn __config() -> ::graceful::Config {
                    ::graceful::Config::new().health_cache(::core::time::Duration::from_secs(2u64))
                }
                #[cfg(test)]
                const _: () = {
                    ::graceful::__private::inventory::submit! {
                        ::graceful::__private::MainConfig(__config)
                    }
                };
                const _: () = {
                    ::graceful::__private::register_main! {
                        head = "{\"graceful\":1,\"kind\":\"main\",\"crate\":\"", tail =
                        "\",\"grace_period_ms\":null,\"lame_duck_ms\":null,\"drain_timeout_ms\":null,\"handler_timeout_ms\":null,\"heartbeat_timeout_ms\":null,\"health_cache_ms\":2000,\"signals\":null,\"probes\":null,\"file\":\"<parsed string 2>\",\"line\":1}\n"
                    }
                };
                ::graceful::__private::run_async(
                    __config(),
                    ::graceful::__private::Flavor::MultiThread,
                    {
                        let mut __builder = ::graceful::__private::tokio::runtime::Builder::new_multi_thread();
                        __builder.enable_all();
                        __builder
                    },
                    main(),
                )
            }
            #[cfg(any())]
            impl () {}
            ::core::compile_error! {
                "expected an IP address, not a host name, did you mean `127.0.0.1:8081`?"
            }
            ::core::compile_error! {
                "`heartbeat_timeout` cannot be zero"
            }
            ::core::compile_error! {
                "`manifest` expects a string, did you mean `\"1\"`?"
            }
            ::core::compile_error! {
                "`service` expects a string, did you mean `\"2\"`?"
            }
        "##]],
    );
}
