//! Any arguments on any item. The first byte chooses the attribute; the item stands behind the first line.

#![no_main]

use graceful_fuzz::ATTRIBUTES;
use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

/// The compiler has a limit of its own, and syn goes as deep as the tokens do.
const DEEPEST: usize = 60;

fuzz_target!(|data: (u8, &str)| {
    let (choice, text) = data;
    let (args, item) = text.split_once('\n').unwrap_or((text, "async fn main() {}"));
    let depth = text.matches(['(', '[', '{', '<', '&', '*', '!', '-', '|', ':']).count();
    if depth > DEEPEST {
        return;
    }
    let (Ok(args), Ok(item)) = (args.parse::<TokenStream>(), item.parse::<TokenStream>()) else { return };
    let expanded = ATTRIBUTES[usize::from(choice) % ATTRIBUTES.len()](args, item.clone());
    // What was no function may stay what it was: then the compiler says what is wrong with it.
    if syn::parse2::<syn::ItemFn>(item).is_ok()
        && let Err(error) = syn::parse2::<syn::File>(expanded.clone())
    {
        panic!("{error}: {expanded}");
    }
    // Or they would fill the memory.
    proc_macro2::extra::invalidate_current_thread_spans();
});
