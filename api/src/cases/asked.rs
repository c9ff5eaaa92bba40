//! What people send about cases, in the words of specification E, and the commands it becomes.

use super::forms::*;
use crate::error::Error;
use crate::extract::{bytes, object};
use crate::shape::{email_or_null, link_or_null, text, text_or_null};
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use commands::cases::case::{
    AssignAgency, CompleteCase, DelayCase, EscalateCase, OpenCase, RecordPayment, RejectCase, ReopenCase, UpdateCase,
};
use domain::cases::case::Priority;
use domain::cases::customer::{Customer, CustomerChanges, SocialChanges, SocialLinks, given};
use domain::{AgencyId, Amount, Currency, Email, Link, Text};
use futures::future::LocalBoxFuture;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;

/// A JSON body that may be left out, and its content type with it.
#[derive(Debug)]
pub struct Optional<T>(pub T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for Optional<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = bytes(request, payload);
        Box::pin(async move {
            match bytes.await? {
                empty if empty.is_empty() => Ok(Self(T::default())),
                bytes => Ok(Self(object::<Option<T>>(&bytes)?.unwrap_or_default())),
            }
        })
    }
}

/// A field that may be absent but not `null`.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Up to fifty links.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Vec<Link>")]
struct Links(Vec<Link>);

impl TryFrom<Vec<Link>> for Links {
    type Error = &'static str;
    fn try_from(links: Vec<Link>) -> Result<Self, Self::Error> {
        if links.len() <= 50 { Ok(Self(links)) } else { Err("must be at most 50 links") }
    }
}

fn p3() -> Priority {
    Priority::P3
}

fn yes() -> bool {
    true
}

/// A debt that is handed over to be collected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_name": "John Doe", "customer_email": "john@example.com", "customer_phone": "+1 555 0100",
    "overdue_amount": 15000.00, "currency": "USD", "ageing_days": 45, "priority": "P1", "notes": "Second reminder sent"}))]
pub struct NewCase {
    /// Your own id for it.
    #[serde(default)]
    #[schema(schema_with = id_or_null)]
    pub id: Option<Uuid>,
    /// Your own number for it; otherwise it gets the next of its year.
    #[serde(default)]
    #[schema(schema_with = text_or_null::<64>)]
    case_id: Option<Text<64>>,
    #[schema(schema_with = text::<255>)]
    customer_name: Text<255>,
    #[serde(default)]
    #[schema(schema_with = email_or_null)]
    customer_email: Option<Email>,
    #[serde(default)]
    #[schema(schema_with = text_or_null::<64>)]
    customer_phone: Option<Text<64>>,
    #[serde(default)]
    #[schema(schema_with = text_or_null::<1000>)]
    customer_address: Option<Text<1000>>,
    #[serde(default)]
    #[schema(schema_with = link_or_null)]
    customer_social_media_facebook: Option<Link>,
    #[serde(default)]
    #[schema(schema_with = link_or_null)]
    customer_social_media_twitter: Option<Link>,
    #[serde(default)]
    #[schema(schema_with = link_or_null)]
    customer_social_media_instagram: Option<Link>,
    #[serde(default)]
    #[schema(schema_with = link_or_null)]
    customer_social_media_linkedin: Option<Link>,
    #[schema(schema_with = amount)]
    overdue_amount: Amount,
    /// Three capital letters (ISO 4217), `USD` unless said otherwise.
    #[serde(default)]
    #[schema(schema_with = currency)]
    currency: Currency,
    /// For how many days it was due when it was handed over.
    #[serde(default)]
    #[schema(schema_with = ageing_days)]
    ageing_days: u32,
    /// `P3` unless said otherwise.
    #[serde(default = "p3")]
    #[schema(schema_with = priority)]
    priority: Priority,
    #[serde(default)]
    #[schema(schema_with = text_or_null::<10_000>)]
    notes: Option<Text<10_000>>,
    #[serde(default)]
    #[schema(schema_with = links)]
    document_links: Links,
    /// Docket finds an agency by itself, if the settings allow it.
    #[serde(default = "yes")]
    #[schema(default = true)]
    auto_assign: bool,
}

impl From<NewCase> for OpenCase {
    fn from(asked: NewCase) -> Self {
        let social = SocialLinks {
            facebook: asked.customer_social_media_facebook,
            twitter: asked.customer_social_media_twitter,
            instagram: asked.customer_social_media_instagram,
            linkedin: asked.customer_social_media_linkedin,
        };
        OpenCase {
            case_number: asked.case_id,
            customer: Customer {
                name: asked.customer_name,
                email: asked.customer_email,
                phone: asked.customer_phone,
                address: asked.customer_address,
                social,
            },
            overdue_amount: asked.overdue_amount,
            currency: asked.currency,
            ageing_days: asked.ageing_days,
            priority: asked.priority,
            notes: asked.notes,
            documents: asked.document_links.0,
            auto_assign: asked.auto_assign,
        }
    }
}

/// What changes; what is absent stays as it is, and `null` clears (K5).
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"overdue_amount": "62.59", "priority": "P2", "customer_phone": null}))]
pub struct CaseEdit {
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = text::<255>)]
    customer_name: Option<Text<255>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = email_or_null)]
    customer_email: Option<Option<Email>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = text_or_null::<64>)]
    customer_phone: Option<Option<Text<64>>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = text_or_null::<1000>)]
    customer_address: Option<Option<Text<1000>>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = link_or_null)]
    customer_social_media_facebook: Option<Option<Link>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = link_or_null)]
    customer_social_media_twitter: Option<Option<Link>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = link_or_null)]
    customer_social_media_instagram: Option<Option<Link>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = link_or_null)]
    customer_social_media_linkedin: Option<Option<Link>>,
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = amount)]
    overdue_amount: Option<Amount>,
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = currency)]
    currency: Option<Currency>,
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = ageing_days)]
    ageing_days: Option<u32>,
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = priority)]
    priority: Option<Priority>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = text_or_null::<10_000>)]
    notes: Option<Option<Text<10_000>>>,
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = links)]
    document_links: Option<Links>,
}

impl From<CaseEdit> for UpdateCase {
    fn from(asked: CaseEdit) -> Self {
        let social = SocialChanges {
            facebook: asked.customer_social_media_facebook,
            twitter: asked.customer_social_media_twitter,
            instagram: asked.customer_social_media_instagram,
            linkedin: asked.customer_social_media_linkedin,
        };
        let customer = CustomerChanges {
            name: asked.customer_name,
            email: asked.customer_email,
            phone: asked.customer_phone,
            address: asked.customer_address,
            social,
        };
        UpdateCase {
            customer: Some(customer).filter(|changes| *changes != CustomerChanges::default()),
            overdue_amount: asked.overdue_amount,
            currency: asked.currency,
            ageing_days: asked.ageing_days,
            priority: asked.priority,
            notes: asked.notes,
            documents: asked.document_links.map(|links| links.0),
        }
    }
}

/// The agency that is to collect.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"dca_id": "0190a5d2-0000-7000-8000-000000000001", "reason": "knows the customer"}))]
pub struct Assignment {
    #[schema(value_type = Uuid)]
    dca_id: AgencyId,
    #[serde(default)]
    #[schema(schema_with = text_or_null::<1000>)]
    reason: Option<Text<1000>>,
}

impl From<Assignment> for AssignAgency {
    fn from(asked: Assignment) -> Self {
        AssignAgency { agency_id: asked.dca_id, reason: asked.reason }
    }
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "waiting for documents"}))]
pub struct Reason {
    #[schema(schema_with = text::<1000>)]
    reason: Text<1000>,
}

impl From<Reason> for RejectCase {
    fn from(asked: Reason) -> Self {
        RejectCase { reason: asked.reason }
    }
}

impl From<Reason> for DelayCase {
    fn from(asked: Reason) -> Self {
        DelayCase { reason: asked.reason }
    }
}

/// Why, if there is something to say.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"reason": "payment bounced"}))]
pub struct OptionalReason {
    #[schema(schema_with = text_or_null::<1000>)]
    pub reason: Option<Text<1000>>,
}

impl From<OptionalReason> for ReopenCase {
    fn from(asked: OptionalReason) -> Self {
        ReopenCase { reason: asked.reason }
    }
}

/// How urgently more attention is wanted, and why. Without a level it is one above the last.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"level": 2, "reason": "customer threatens legal action"}))]
pub struct Escalation {
    #[serde(default)]
    #[schema(schema_with = level)]
    level: Option<u32>,
    #[schema(schema_with = text::<1000>)]
    reason: Text<1000>,
}

impl From<Escalation> for EscalateCase {
    fn from(asked: Escalation) -> Self {
        EscalateCase { level: asked.level, reason: asked.reason }
    }
}

/// What the debtor paid, in the currency of the case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 250.00, "reference": "bank transfer 4711"}))]
pub struct Payment {
    #[schema(schema_with = payment)]
    amount: Amount,
    /// If given, the currency of the case.
    #[serde(default)]
    #[schema(schema_with = currency_or_null)]
    currency: Option<Currency>,
    #[serde(default)]
    #[schema(schema_with = text_or_null::<255>)]
    reference: Option<Text<255>>,
}

impl From<Payment> for RecordPayment {
    fn from(asked: Payment) -> Self {
        RecordPayment { amount: asked.amount, currency: asked.currency, reference: asked.reference }
    }
}

/// What came of it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"outcome": "paid in full"}))]
pub struct Completion {
    #[schema(schema_with = text_or_null::<1000>)]
    outcome: Option<Text<1000>>,
}

impl From<Completion> for CompleteCase {
    fn from(asked: Completion) -> Self {
        CompleteCase { outcome: asked.outcome }
    }
}

/// Nothing has to be said.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct Nothing {}
