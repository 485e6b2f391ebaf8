//! A pool of connections to one server.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::net::retry::{Failure, RetryPolicy};
use crate::net::url::{Address, parse_address};

/// Something that can be opened and may have died since.
pub trait Connection: Sized {
    fn connect(address: &Address) -> Result<Self, Failure>;
    fn is_alive(&self) -> bool;
}

/// Keeps idle connections and bounds how many exist.
pub struct Pool<C> {
    address: Address,
    policy: RetryPolicy,
    limit: usize,
    state: Mutex<State<C>>,
    returned: Condvar,
}

struct State<C> {
    idle: VecDeque<(C, Instant)>,
    open: usize,
}

impl<C: Connection> Pool<C> {
    pub fn new(address: &str, limit: usize) -> Result<Self, Failure> {
        let address = parse_address(address).map_err(|error| Failure::Permanent(error.to_string()))?;
        let state = Mutex::new(State { idle: VecDeque::new(), open: 0 });
        Ok(Self { address, policy: RetryPolicy::default(), limit, state, returned: Condvar::new() })
    }

    /// Hands out a connection that is alive, opening one when none is idle; waits when all are in use.
    pub fn checkout(&self, patience: Duration) -> Result<C, Failure> {
        let deadline = Instant::now() + patience;
        let mut state = self.state.lock().expect("no holder panics");
        loop {
            while let Some((connection, _)) = state.idle.pop_back() {
                if connection.is_alive() {
                    return Ok(connection);
                }
                state.open -= 1;
            }
            if state.open < self.limit {
                state.open += 1;
                drop(state);
                return self.policy.run(|_| C::connect(&self.address)).inspect_err(|_| self.forget());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::Transient("timed out waiting for a free connection".into()));
            }
            state = self.returned.wait_timeout(state, left).expect("no holder panics").0;
        }
    }

    /// Takes a connection back for the next caller.
    pub fn give_back(&self, connection: C) {
        let mut state = self.state.lock().expect("no holder panics");
        state.idle.push_back((connection, Instant::now()));
        drop(state);
        self.returned.notify_one();
    }

    fn forget(&self) {
        self.state.lock().expect("no holder panics").open -= 1;
        self.returned.notify_one();
    }

    /// Closes connections nobody asked for in `age`.
    pub fn close_idle(&self, age: Duration) -> usize {
        let mut state = self.state.lock().expect("no holder panics");
        let before = state.idle.len();
        state.idle.retain(|(_, since)| since.elapsed() < age);
        let closed = before - state.idle.len();
        state.open -= closed;
        closed
    }
}
