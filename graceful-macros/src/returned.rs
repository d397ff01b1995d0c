//! The value that a function returns. The compiler reports a wrong type at the type in the source.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, Type};

/// A type that the compiler infers, and underlines as if it were `ty`. It needs `import_inferred`.
///
/// The tokens have the user's spans without the attribute's hygiene. Otherwise the compiler adds "in this attribute
/// macro expansion".
pub(crate) fn inferred(ty: &Type) -> TokenStream {
    let start = ty.span();
    let end = ty.to_token_stream().into_iter().last().map_or(start, |token| token.span());
    let (name, close) = (quote_spanned!(start=> __Inferred), quote_spanned!(end=> >));
    quote!(#name<_ #close)
}

pub(crate) fn import_inferred(private: &TokenStream) -> TokenStream {
    quote!(use #private::Inferred as __Inferred;)
}

/// Evaluates `value`, of type `ty`, and converts it with `convert`, a method of the trait `returned`.
pub(crate) fn convert(
    ty: &Type,
    value: &TokenStream,
    private: &TokenStream,
    [returned, convert]: [TokenStream; 2],
) -> TokenStream {
    let import = import_inferred(private);
    let (error, ty) = (inferred(error_of(ty).unwrap_or(ty)), inferred(ty));
    quote! {
        #import
        use #private::{AsItIs as _, ByConversion as _, ByDisplay as _, ByNothing as _, ByReference as _};
        let __value = #value;
        let __way = (&&&&&#private::Returned::of(&__value)).way();
        <#error as #private::ReportableError>::check(__way.error());
        <#ty as #private::#returned>::#convert(__way.convert(__value))
    }
}

/// Whether the type is written as a `Result`.
pub(crate) fn is_result(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Result"))
}

/// `E` of `Result<T, E>`, if it is written.
fn error_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    match (arguments.args.len(), arguments.args.last()?) {
        (2, GenericArgument::Type(error)) => Some(error),
        _ => None,
    }
}
