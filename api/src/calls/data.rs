//! A command's data as the body of a route of its own: read, refused and described in the same words as over the generic route.

use crate::commands::forms;
use commands::Command;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The data of a command.
#[derive(Debug)]
pub struct Data<C>(pub C);

impl<'de, C: Command> Deserialize<'de> for Data<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        C::deserialize(deserializer).map(Data)
    }
}

impl<C: Command> PartialSchema for Data<C> {
    fn schema() -> RefOr<Schema> {
        let mut form = forms::data(C::NAME).unwrap_or_default();
        form["example"] = serde_json::from_str::<Value>(C::EXAMPLE).unwrap_or_default();
        serde_json::from_value(form).unwrap_or_else(|_| RefOr::T(Schema::default()))
    }
}

impl<C: Command> ToSchema for Data<C> {
    fn name() -> Cow<'static, str> {
        format!("{}Data", C::NAME).into()
    }
}
