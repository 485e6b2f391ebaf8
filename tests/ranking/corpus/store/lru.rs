//! A cache that forgets what was not used for the longest time.

use std::collections::HashMap;
use std::hash::Hash;

/// Holds at most `capacity` values.
pub struct Lru<K, V> {
    capacity: usize,
    clock: u64,
    slots: HashMap<K, (V, u64)>,
    pub hits: u64,
    pub misses: u64,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    pub fn with_capacity(capacity: usize) -> Self {
        assert!(capacity > 0, "a cache of nothing is a mistake");
        Self { capacity, clock: 0, slots: HashMap::new(), hits: 0, misses: 0 }
    }

    /// The value, which becomes the most recent one.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        self.clock += 1;
        match self.slots.get_mut(key) {
            Some((value, used)) => {
                *used = self.clock;
                self.hits += 1;
                Some(value)
            }
            None => {
                self.misses += 1;
                None
            }
        }
    }

    /// Stores a value; the stalest one makes room.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.clock += 1;
        if self.slots.len() >= self.capacity && !self.slots.contains_key(&key) {
            self.evict_stalest();
        }
        self.slots.insert(key, (value, self.clock)).map(|(old, _)| old)
    }

    fn evict_stalest(&mut self) {
        let stalest = self.slots.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone());
        if let Some(key) = stalest {
            self.slots.remove(&key);
        }
    }

    /// Share of look-ups that found something, for dashboards.
    pub fn hit_ratio(&self) -> f64 {
        let total = self.hits + self.misses;
        if total == 0 { 0.0 } else { self.hits as f64 / total as f64 }
    }
}
