//! Retrying operations that fail for reasons that pass.

use std::time::Duration;

/// Why an operation failed, as far as retrying is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It may work later.
    Transient(String),
    /// It will never work.
    Permanent(String),
}

/// How often and how patiently to try again.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    pub base: Duration,
    pub ceiling: Duration,
    pub max_attempts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { base: Duration::from_millis(50), ceiling: Duration::from_secs(20), max_attempts: 6 }
    }
}

impl RetryPolicy {
    /// Doubles with every attempt, never longer than the ceiling, spread by `jitter` in `0.0..1.0`.
    pub fn delay(&self, attempt: u32, jitter: f64) -> Duration {
        let doubled = self.base.saturating_mul(1 << attempt.min(16));
        let capped = doubled.min(self.ceiling);
        capped.mul_f64(0.5 + jitter / 2.0)
    }

    /// Calls `operation` until it succeeds, fails for good, or the attempts are used up.
    pub fn run<T>(&self, mut operation: impl FnMut(u32) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut attempt = 0;
        loop {
            match operation(attempt) {
                Ok(value) => return Ok(value),
                Err(Failure::Permanent(why)) => return Err(Failure::Permanent(why)),
                Err(Failure::Transient(why)) if attempt + 1 >= self.max_attempts => {
                    return Err(Failure::Permanent(format!("gave up after {} attempts: {why}", attempt + 1)));
                }
                Err(Failure::Transient(_)) => std::thread::sleep(self.delay(attempt, 0.5)),
            }
            attempt += 1;
        }
    }
}

/// Refuses calls for a while after too many failures in a row.
#[derive(Debug)]
pub struct CircuitBreaker {
    threshold: u32,
    failures: u32,
    open_until: Option<u64>,
}

impl CircuitBreaker {
    pub fn new(threshold: u32) -> Self {
        Self { threshold, failures: 0, open_until: None }
    }

    /// Whether a call may be made at `now` (seconds).
    pub fn allows(&self, now: u64) -> bool {
        self.open_until.is_none_or(|until| now >= until)
    }

    /// Notes how a call went; the breaker trips at the threshold and closes at the first success.
    pub fn record(&mut self, succeeded: bool, now: u64) {
        if succeeded {
            self.failures = 0;
            self.open_until = None;
            return;
        }
        self.failures += 1;
        if self.failures >= self.threshold {
            self.open_until = Some(now + 30);
        }
    }
}
