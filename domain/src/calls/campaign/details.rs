//! What is known of a campaign, and how it changes: absent stays, an inner `None` clears.

use super::{CampaignRefusal, CampaignType, PriorityLevel, in_order, is_percentage};
use crate::calls::calendar::calendar_day;
use crate::cases::customer::given;
use crate::{Text, UserId};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The most entries each list may have.
const MOST_ENTRIES: usize = 50;

/// What is known of a campaign (B.T6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignDetails {
    pub name: Text<255>,
    pub campaign_type: CampaignType,
    pub start_date: NaiveDate,
    pub end_date: NaiveDate,
    pub target_audience: Text<2000>,
    pub target_call_count: Option<u32>,
    pub target_conversion_rate: Option<Decimal>,
    pub priority_level: PriorityLevel,
    pub call_script: Option<Text<10_000>>,
    pub talking_points: Vec<Text<500>>,
    pub required_documentation: Vec<Text<500>>,
    pub training_materials: Vec<Text<500>>,
    pub notes: Option<Text<10_000>>,
    pub managed_by: Option<UserId>,
}

/// What shall be different.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CampaignChanges {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<255>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign_type: Option<CampaignType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_audience: Option<Text<2000>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub target_call_count: Option<Option<u32>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub target_conversion_rate: Option<Option<Decimal>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_level: Option<PriorityLevel>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub call_script: Option<Option<Text<10_000>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talking_points: Option<Vec<Text<500>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_documentation: Option<Vec<Text<500>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_materials: Option<Vec<Text<500>>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub notes: Option<Option<Text<10_000>>>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub managed_by: Option<Option<UserId>>,
}

impl CampaignDetails {
    pub(super) fn check(&self) -> Result<(), CampaignRefusal> {
        calendar_day("startDate", self.start_date)?;
        calendar_day("endDate", self.end_date)?;
        if !in_order(self.start_date, self.end_date) {
            return Err(CampaignRefusal::EndsBeforeItBegins);
        }
        if self.target_conversion_rate.is_some_and(|rate| !is_percentage(rate)) {
            return Err(CampaignRefusal::ConversionOutOfRange);
        }
        let lists = [
            ("talkingPoints", self.talking_points.len()),
            ("requiredDocumentation", self.required_documentation.len()),
            ("trainingMaterials", self.training_materials.len()),
        ];
        match lists.into_iter().find(|(_, entries)| *entries > MOST_ENTRIES) {
            Some((field, _)) => Err(CampaignRefusal::TooManyEntries { field }),
            None => Ok(()),
        }
    }
}

impl CampaignChanges {
    /// The details with these changes.
    pub fn over(self, old: &CampaignDetails) -> CampaignDetails {
        CampaignDetails {
            name: self.name.unwrap_or_else(|| old.name.clone()),
            campaign_type: self.campaign_type.unwrap_or(old.campaign_type),
            start_date: self.start_date.unwrap_or(old.start_date),
            end_date: self.end_date.unwrap_or(old.end_date),
            target_audience: self.target_audience.unwrap_or_else(|| old.target_audience.clone()),
            target_call_count: self.target_call_count.unwrap_or(old.target_call_count),
            target_conversion_rate: self.target_conversion_rate.unwrap_or(old.target_conversion_rate),
            priority_level: self.priority_level.unwrap_or(old.priority_level),
            call_script: self.call_script.unwrap_or_else(|| old.call_script.clone()),
            talking_points: self.talking_points.unwrap_or_else(|| old.talking_points.clone()),
            required_documentation: self.required_documentation.unwrap_or_else(|| old.required_documentation.clone()),
            training_materials: self.training_materials.unwrap_or_else(|| old.training_materials.clone()),
            notes: self.notes.unwrap_or_else(|| old.notes.clone()),
            managed_by: self.managed_by.unwrap_or(old.managed_by),
        }
    }

    /// What of it is not so already.
    pub(super) fn beyond(self, old: &CampaignDetails) -> CampaignChanges {
        CampaignChanges {
            name: self.name.filter(|new| *new != old.name),
            campaign_type: self.campaign_type.filter(|new| *new != old.campaign_type),
            start_date: self.start_date.filter(|new| *new != old.start_date),
            end_date: self.end_date.filter(|new| *new != old.end_date),
            target_audience: self.target_audience.filter(|new| *new != old.target_audience),
            target_call_count: self.target_call_count.filter(|new| *new != old.target_call_count),
            target_conversion_rate: self.target_conversion_rate.filter(|new| *new != old.target_conversion_rate),
            priority_level: self.priority_level.filter(|new| *new != old.priority_level),
            call_script: self.call_script.filter(|new| *new != old.call_script),
            talking_points: self.talking_points.filter(|new| *new != old.talking_points),
            required_documentation: self.required_documentation.filter(|new| *new != old.required_documentation),
            training_materials: self.training_materials.filter(|new| *new != old.training_materials),
            notes: self.notes.filter(|new| *new != old.notes),
            managed_by: self.managed_by.filter(|new| *new != old.managed_by),
        }
    }
}
