//! `docket openapi` and `docket routes`: what the HTTP interface is, without starting it.

use super::Done;
use crate::route::Access;
use std::process::ExitCode;

/// Prints the OpenAPI document.
pub fn openapi() -> Done {
    println!("{}", crate::openapi::document(crate::routes::routes()).to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}

/// Prints the table of contents.
pub fn routes() -> Done {
    for route in crate::routes::routes() {
        let access = match route.access {
            Access::Public => "anybody".to_owned(),
            Access::SignedIn => "signed in".to_owned(),
            Access::Customer => "a debtor, for their own case".to_owned(),
            Access::May(permission) => format!("{permission:?}"),
        };
        println!("{:<7} {:<50} {:<10} {access}", route.verb(), route.path, format!("{:?}", route.face));
    }
    Ok(ExitCode::SUCCESS)
}
