//! When a leg began, was answered and ended, as its record says: in order, within a week, and right also in the hour that comes twice.

use super::times::{self, Readings};
use super::{Field, Flaw, Values};
use crate::Instant;
use chrono::TimeDelta;
use chrono_tz::Tz;

/// No leg lasts longer. A year that was mistyped, or that of a clock that was never set, does.
const LONGEST: TimeDelta = TimeDelta::days(7);
/// Telephone systems round lengths and instants each in their own way.
const ROUNDING: TimeDelta = TimeDelta::seconds(2);

/// The times of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Course {
    pub started_at: Instant,
    pub answered_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    /// How long the record says that it took.
    pub stated_seconds: Option<u32>,
}

impl Course {
    pub fn read(values: &Values, zone: Tz) -> Result<Self, Flaw> {
        let readings = |field: Field| -> Result<Option<Readings>, Flaw> {
            let Some(text) = values.get(field) else { return Ok(None) };
            times::readings(text, zone).map(Some).map_err(|rule| Flaw::of(field.word(), rule))
        };
        let started = readings(Field::TimeStart)?.ok_or_else(|| Flaw::of(Field::TimeStart.word(), "must not be empty"))?;
        let (answered, ended) = (readings(Field::TimeAnswered)?, readings(Field::TimeEnd)?);
        let stated_seconds = match values.get(Field::Duration) {
            None => None,
            Some(text) => Some(
                times::seconds(text)
                    .ok_or_else(|| Flaw::of(Field::Duration.word(), "must be a length such as 00:03:09 or 189, not negative"))?,
            ),
        };
        let course = likeliest(started, answered, ended, stated_seconds);
        course.in_order()?;
        Ok(course)
    }

    fn in_order(&self) -> Result<(), Flaw> {
        let start = (Field::TimeStart, Some(self.started_at));
        let answer = (Field::TimeAnswered, self.answered_at);
        let end = (Field::TimeEnd, self.ended_at);
        for ((later, at), (earlier, than)) in [(answer, start), (end, start), (end, answer)] {
            if at.zip(than).is_some_and(|(at, than)| at < than) {
                return Err(Flaw::of(later.word(), format!("must not be before {}", earlier.word())));
            }
        }
        for (field, at) in [answer, end] {
            if at.is_some_and(|at| at - self.started_at > LONGEST) {
                return Err(Flaw::of(field.word(), "must be at most 7 days after time-start"));
            }
        }
        Ok(())
    }

    /// Whether it took as long as the record says, with or without the ringing.
    fn agrees(&self) -> bool {
        let Some((ended, stated)) = self.ended_at.zip(self.stated_seconds) else { return false };
        let is = |from: Instant| (ended - from - TimeDelta::seconds(i64::from(stated))).abs() <= ROUNDING;
        is(self.started_at) || self.answered_at.is_some_and(is)
    }
}

/// Where times may mean two instants: what agrees with the length that the record states. If nothing does, everything is as early as
/// it can be in its order, except that nobody began an hour before an end that is certain if they may as well have begun later.
fn likeliest(started: Readings, answered: Option<Readings>, ended: Option<Readings>, stated_seconds: Option<u32>) -> Course {
    let course = |started_at: Instant, ended_at: Option<Instant>| {
        let answered_at = answered.map(|may| may.since(started_at));
        let earliest = answered_at.unwrap_or(started_at).max(started_at);
        let ended_at = ended_at.or(ended.map(|may| may.since(earliest)));
        Course { started_at, answered_at, ended_at, stated_seconds }
    };
    let first = course(started.first, None);
    if [Some(started), answered, ended].into_iter().flatten().all(|may| may.second.is_none()) {
        return first;
    }
    let ends: Vec<Option<Instant>> = ended.map_or(vec![None], |may| may.all().map(Some).collect());
    let all = started.all().flat_map(|start| ends.iter().map(move |end| (start, *end))).map(|(start, end)| course(start, end));
    let mut fitting = all.filter(|course| course.in_order().is_ok() && course.agrees());
    fitting.next().unwrap_or_else(|| {
        let certain = ended.filter(|may| may.second.is_none()).map(|may| may.first);
        let later = started.second.map(|start| course(start, None)).filter(|course| course.in_order().is_ok());
        match (certain, later) {
            (Some(end), Some(later)) if end - first.started_at >= TimeDelta::hours(1) => later,
            _ => first,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In Detroit, where 01:00 to 02:00 comes twice on 3 November 2024: at 05:00 and at 06:00 of UTC.
    fn read(duration: &str, start: &str, answer: &str, end: &str) -> Result<[String; 3], Flaw> {
        let fields = [Field::Duration, Field::TimeStart, Field::TimeAnswered, Field::TimeEnd];
        let day = |time: &str| if time.len() == 8 { format!("2024/11/03 {time}") } else { time.to_owned() };
        let line = format!("{duration},{},{},{}", day(start), day(answer), day(end));
        let course = Course::read(&Values::of_line(&line, &fields)?, chrono_tz::America::Detroit)?;
        let clock = |at: Option<Instant>| at.map(|at| at.format("%H:%M:%S").to_string()).unwrap_or_default();
        Ok([Some(course.started_at), course.answered_at, course.ended_at].map(clock))
    }

    #[test]
    fn in_the_hour_that_comes_twice_the_length_says_which_it_was() {
        let is = |given: [&str; 4], utc: [&str; 3]| {
            assert_eq!(read(given[0], given[1], given[2], given[3]), Ok(utc.map(str::to_owned)), "{given:?}");
        };
        is(["00:20:00", "01:50:00", "", "02:10:00"], ["06:50:00", "", "07:10:00"]);
        is(["01:20:00", "01:50:00", "", "02:10:00"], ["05:50:00", "", "07:10:00"]);
        is(["00:19:50", "01:50:00", "01:50:10", "02:10:00"], ["06:50:00", "06:50:10", "07:10:00"]);
        // Without a length, the one who may have begun later did.
        is(["", "01:50:00", "01:50:10", "02:10:00"], ["06:50:00", "06:50:10", "07:10:00"]);
        is(["7", "01:50:00", "", "02:10:00"], ["06:50:00", "", "07:10:00"]);
        // Both fit, or nothing is known: the first.
        is(["00:10:00", "01:10:00", "", "01:20:00"], ["05:10:00", "", "05:20:00"]);
        is(["", "01:10:00", "", ""], ["05:10:00", "", ""]);
        is(["", "01:10:00", "", "01:20:00"], ["05:10:00", "", "05:20:00"]);
        // It ends in that hour, or goes over its end.
        is(["01:20:00", "00:50:00", "", "01:10:00"], ["04:50:00", "", "06:10:00"]);
        is(["00:20:00", "00:50:00", "", "01:10:00"], ["04:50:00", "", "05:10:00"]);
        is(["", "01:50:00", "01:59:59", "01:10:00"], ["05:50:00", "05:59:59", "06:10:00"]);
        is(["00:20:00", "01:50:00", "", "01:10:00"], ["05:50:00", "", "06:10:00"]);
    }

    #[test]
    fn no_leg_lasts_longer_than_a_week() {
        let flaw = |answer: &str, end: &str| read("", "12:00:00", answer, end).unwrap_err();
        let rule = "must be at most 7 days after time-start";
        assert_eq!(flaw("", "2099/12/31 00:00:00"), Flaw::of("time-end", rule));
        assert_eq!(flaw("2024/11/10 12:00:01", ""), Flaw::of("time-answered", rule));
        assert!(read("", "12:00:00", "", "2024/11/10 12:00:00").is_ok());
    }
}
