//! How a task repeats, as it is chosen in the form.

use jiff::civil::Date;

use super::{
    repeat::{Ends, Form, Kind, Mode, Rule},
    series::{RepeatBody, Series},
};
use crate::{
    clock::day_typed,
    error::{AppError, FieldErrors, Result},
};

/// The kind that is written out as calendars do.
pub const CUSTOM: &str = "custom";

/// What the form asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// A kind of [`Kind::ALL`], or [`CUSTOM`].
    pub kind: String,
    /// Every so many days, weeks, months, years.
    pub interval: String,
    /// "1" for Monday to "7" for Sunday.
    pub weekdays: Vec<String>,
    /// "1" to "4", or "-1" for the last.
    pub nth: String,
    /// "1" to "31", or "-1" for the last.
    pub month_day: String,
    /// "1" to "12"
    pub month: String,
    /// `never`, `until` or `after`.
    pub ends: String,
    /// "2028-06-30"
    pub until: String,
    /// "10"
    pub times: String,
    /// `schedule` or `after_completion`.
    pub mode: String,
    /// What was missed is made as well.
    pub catch_up: bool,
    /// As calendars write it.
    pub rule: String,
}

impl Typed {
    /// What the form shows at first for a task that is due on a day: every week on that day.
    pub fn like(day: Date) -> Self {
        Self {
            kind: Kind::Weekly.as_str().to_owned(),
            interval: "1".to_owned(),
            weekdays: vec![day.weekday().to_monday_one_offset().to_string()],
            nth: ((day.day() - 1) / 7 + 1).min(4).to_string(),
            month_day: day.day().to_string(),
            month: day.month().to_string(),
            ends: "never".to_owned(),
            mode: Mode::Schedule.as_str().to_owned(),
            ..Self::default()
        }
    }

    /// What it shows for a task that repeats.
    pub fn of(series: &Series) -> Self {
        let plan = &series.plan;
        let (mut typed, rule) = (Self::like(series.day), plan.rule.show());
        match plan.rule.to_form() {
            Some(form) => {
                form.kind.as_str().clone_into(&mut typed.kind);
                typed.interval = form.interval.max(1).to_string();
                if !form.weekdays.is_empty() {
                    typed.weekdays = form.weekdays.iter().map(ToString::to_string).collect();
                }
                for (field, value) in
                    [(&mut typed.nth, form.nth), (&mut typed.month_day, form.month_day), (&mut typed.month, form.month)]
                {
                    if value != 0 {
                        *field = value.to_string();
                    }
                }
            }
            None => CUSTOM.clone_into(&mut typed.kind),
        }
        match plan.rule.ends() {
            Ends::Never => {}
            Ends::Until(day) => (typed.ends, typed.until) = ("until".to_owned(), day.to_string()),
            Ends::After(times) => (typed.ends, typed.times) = ("after".to_owned(), times.to_string()),
        }
        plan.mode.as_str().clone_into(&mut typed.mode);
        Self { catch_up: plan.catch_up, rule, ..typed }
    }

    /// What the verb takes.
    ///
    /// # Errors
    /// 422 at the form's fields.
    pub fn body(&self, version: Option<i64>) -> Result<RepeatBody> {
        let rule = if self.kind == CUSTOM { self.rule.clone() } else { self.chosen()?.show() };
        Ok(RepeatBody { rule, mode: self.mode.clone(), first_day: None, catch_up: self.catch_up, version })
    }

    /// What is wrong, at the form's fields.
    pub fn at_fields(&self, error: AppError) -> AppError {
        let rule = if self.kind == CUSTOM { "repeat_rule" } else { "repeat_kind" };
        error.rename_field("rule", rule).rename_field("mode", "repeat_mode")
    }

    fn chosen(&self) -> Result<Rule> {
        let mut errors = FieldErrors::default();
        let kind = Kind::parse(&self.kind).ok_or_else(|| AppError::field("repeat_kind", "Choose how often."))?;
        let number = |text: &str| text.trim().parse::<i64>().unwrap_or(0);
        let ends = match self.ends.as_str() {
            "until" => {
                if let Some(day) = day_typed(&self.until) {
                    Ends::Until(day)
                } else {
                    errors.add("repeat_until", "Use a date such as 30/06/2028.");
                    Ends::Never
                }
            }
            "after" => {
                if let Some(times) = u32::try_from(number(&self.times)).ok().filter(|times| *times > 0) {
                    Ends::After(times)
                } else {
                    errors.add("repeat_times", "Choose a number of times from 1 to 9,999.");
                    Ends::Never
                }
            }
            _ => Ends::Never,
        };
        errors.finish()?;
        // What a kind doesn't ask for isn't read.
        let is_one_of = |kinds: &[Kind]| kinds.contains(&kind);
        let weekdays = if is_one_of(&[Kind::Weekly, Kind::MonthlyWeekday]) { self.weekdays.as_slice() } else { &[] };
        let form = Form {
            kind,
            interval: if is_one_of(&[Kind::Weekdays]) { 1 } else { number(&self.interval) },
            weekdays: weekdays.iter().filter_map(|day| day.parse().ok()).collect(),
            nth: number(&self.nth),
            month_day: number(&self.month_day),
            month: number(&self.month),
            ends,
        };
        Rule::from_form(&form).map_err(|words| AppError::field("repeat_kind", words))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_is_chosen_is_a_rule() {
        let like = Typed::like(date(2026, 1, 31));
        let rule =
            |typed: &Typed| typed.body(None).map(|body| body.rule).map_err(|error| error.fields[0].field.clone());
        assert_eq!(rule(&like), Ok("FREQ=WEEKLY;BYDAY=SA".to_owned()));
        let monthly = Typed { kind: "monthly_day".to_owned(), ..like.clone() };
        assert_eq!(rule(&monthly), Ok("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD".to_owned()));
        let wrong = |typed: Typed| rule(&typed).unwrap_err();
        assert_eq!(wrong(Typed { kind: "hourly".to_owned(), ..like.clone() }), "repeat_kind");
        assert_eq!(wrong(Typed { interval: "none".to_owned(), ..like.clone() }), "repeat_kind");
        assert_eq!(wrong(Typed { ends: "until".to_owned(), ..like.clone() }), "repeat_until");
        assert_eq!(wrong(Typed { ends: "after".to_owned(), times: "-1".to_owned(), ..like }), "repeat_times");
    }
}
