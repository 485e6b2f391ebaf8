//! Ways through a grid with walls.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

pub type Cell = (i32, i32);

/// What can be walked on, and at what cost.
pub struct Grid {
    width: i32,
    height: i32,
    cost: Vec<Option<u32>>,
}

impl Grid {
    /// `#` is a wall, `~` is slow, anything else is open ground.
    pub fn from_text(text: &str) -> Self {
        let rows: Vec<&str> = text.lines().collect();
        let width = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let mut cost = Vec::new();
        for row in &rows {
            for at in 0..width {
                cost.push(match row.as_bytes().get(at) {
                    Some(b'#') | None => None,
                    Some(b'~') => Some(5),
                    Some(_) => Some(1),
                });
            }
        }
        Self { width: width as i32, height: rows.len() as i32, cost }
    }

    fn step_cost(&self, (x, y): Cell) -> Option<u32> {
        if x < 0 || y < 0 || x >= self.width || y >= self.height {
            return None;
        }
        self.cost[(y * self.width + x) as usize]
    }

    fn neighbours(&self, (x, y): Cell) -> impl Iterator<Item = (Cell, u32)> + '_ {
        let around = [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)];
        around.into_iter().filter_map(|cell| Some((cell, self.step_cost(cell)?)))
    }

    /// The cheapest way, both ends included; A* with the taxicab distance as its estimate.
    pub fn shortest_path(&self, start: Cell, goal: Cell) -> Option<Vec<Cell>> {
        let mut best: HashMap<Cell, u32> = HashMap::from([(start, 0)]);
        let mut came_from: HashMap<Cell, Cell> = HashMap::new();
        let mut open = BinaryHeap::from([Reverse((taxicab(start, goal), start))]);
        while let Some(Reverse((_, cell))) = open.pop() {
            if cell == goal {
                return Some(walk_back(&came_from, goal));
            }
            let so_far = best[&cell];
            for (next, cost) in self.neighbours(cell) {
                let total = so_far + cost;
                if best.get(&next).is_none_or(|known| total < *known) {
                    best.insert(next, total);
                    came_from.insert(next, cell);
                    open.push(Reverse((total + taxicab(next, goal), next)));
                }
            }
        }
        None
    }
}

fn taxicab(a: Cell, b: Cell) -> u32 {
    a.0.abs_diff(b.0) + a.1.abs_diff(b.1)
}

fn walk_back(came_from: &HashMap<Cell, Cell>, goal: Cell) -> Vec<Cell> {
    let mut path = vec![goal];
    while let Some(previous) = came_from.get(&path[path.len() - 1]) {
        path.push(*previous);
    }
    path.reverse();
    path
}
