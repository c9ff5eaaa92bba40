//! The report of many cases: what they come to on one page, and then every one of them.

use crate::figures::{Amount, Count, Day};
use crate::head::{Bar, Fact, Head, Tone};
use serde::{Serialize, Serializer, ser::SerializeTuple};

/// The worklist on paper.
#[derive(Clone, Debug, Serialize)]
pub struct WorklistReport {
    pub head: Head,
    /// Which cases were asked for, and in which order.
    pub asked: Vec<Fact>,
    pub total: Count,
    pub by_status: Vec<Bar>,
    pub by_priority: Vec<Bar>,
    pub by_sla: Vec<Bar>,
    /// By status and priority, each by SLA status.
    pub crossed: Vec<Row>,
    pub amounts: Vec<Sums>,
    pub cases: Vec<CaseLine>,
}

/// A kind of cases: on track, at risk, breached, and all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub label: String,
    pub counts: [Count; 4],
}

/// What cases come to in a currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sums {
    pub currency: String,
    pub cases: Count,
    pub overdue: Amount,
    pub paid: Amount,
    pub balance: Amount,
    pub credit: Amount,
    /// Paid in percent of overdue.
    pub rate: Option<String>,
    /// The same as a share, for the drawing.
    pub share: f64,
}

/// A case in one line of a table.
#[derive(Clone, Debug)]
pub struct CaseLine {
    pub number: String,
    pub customer: Option<String>,
    pub agency: Option<String>,
    pub status: String,
    pub priority: String,
    pub sla: &'static str,
    pub tone: Tone,
    pub due: Day,
    pub opened: Day,
    pub overdue: Amount,
    pub paid: Amount,
    pub balance: Amount,
    pub currency: String,
}

/// So much of a name stands in a line.
const NAME: usize = 64;

/// The cells of a line in their order: ten thousand objects with the same names in them would be several times as long.
impl Serialize for CaseLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cells = serializer.serialize_tuple(13)?;
        cells.serialize_element(&shortened(&self.number))?;
        cells.serialize_element(&shortened(self.customer.as_deref().unwrap_or("–")))?;
        cells.serialize_element(&shortened(self.agency.as_deref().unwrap_or("–")))?;
        cells.serialize_element(&self.status)?;
        cells.serialize_element(&self.priority)?;
        cells.serialize_element(self.sla)?;
        cells.serialize_element(&self.tone)?;
        cells.serialize_element(&self.opened)?;
        cells.serialize_element(&self.due)?;
        cells.serialize_element(&self.currency)?;
        cells.serialize_element(&self.overdue)?;
        cells.serialize_element(&self.paid)?;
        cells.serialize_element(&self.balance)?;
        cells.end()
    }
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_between_two_signs() {
        assert_eq!(shortened("Жук"), "Жук");
        let cut = shortened(&"Ж".repeat(5000));
        assert_eq!((cut.chars().count(), cut.ends_with('…')), (NAME + 1, true));
    }
}
