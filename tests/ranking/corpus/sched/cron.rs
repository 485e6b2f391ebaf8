//! When a job is due: `minute hour day month weekday`.

/// Five sets of allowed values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
}

/// A moment without seconds. Months and days count from 1, Sunday is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub minute: u32,
    pub hour: u32,
    pub day: u32,
    pub month: u32,
    pub weekday: u32,
}

impl std::str::FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(format!("schedule needs five fields, found {}", fields.len()));
        };
        Ok(Self {
            minutes: parse_field(minutes, 0, 59)?,
            hours: parse_field(hours, 0, 23)?,
            days: parse_field(days, 1, 31)?,
            months: parse_field(months, 1, 12)?,
            weekdays: parse_field(weekdays, 0, 6)?,
        })
    }
}

/// `*`, `5`, `1-5`, `*/15` and lists of them as a set of bits.
fn parse_field(text: &str, lowest: u32, highest: u32) -> Result<u64, String> {
    let number = |text: &str| -> Result<u32, String> {
        let value: u32 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
        if (lowest..=highest).contains(&value) { Ok(value) } else { Err(format!("{value} is outside {lowest}-{highest}")) }
    };
    let mut bits = 0;
    for item in text.split(',') {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let step: usize = step.parse().ok().filter(|step| *step > 0).ok_or_else(|| format!("step {step:?} is not positive"))?;
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (lowest, highest),
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(range)?, number(range)?),
        };
        for value in (from..=to).step_by(step) {
            bits |= 1u64 << value;
        }
    }
    Ok(bits)
}

impl Schedule {
    /// Whether the job runs at this minute. As in cron, day and weekday are alternatives when both are narrowed.
    pub fn is_due(&self, at: Moment) -> bool {
        let has = |set: u64, value: u32| set >> value & 1 == 1;
        let day_matters = self.days.count_ones() < 31;
        let weekday_matters = self.weekdays.count_ones() < 7;
        let day = match (day_matters, weekday_matters) {
            (true, true) => has(self.days, at.day) || has(self.weekdays, at.weekday),
            (true, false) => has(self.days, at.day),
            (false, _) => has(self.weekdays, at.weekday),
        };
        day && has(self.minutes, at.minute) && has(self.hours, at.hour) && has(self.months, at.month)
    }
}
