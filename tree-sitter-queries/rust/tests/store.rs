//! Keeps what was fetched.

use std::collections::{hash_map::Entry as Slot, HashMap};
//                                        ^^^^ !import
//                               ^^^^^ import std::collections::hash_map::Entry as Slot
//                                              ^^^^^^^ import std::collections::HashMap
use crate::{backend::{self, *}, errors::Error};
//                    ^^^^ import crate::backend
//                          ^ import crate::backend::*
pub use self::inner::Inner;
//                   ^^^^^ import self::inner::Inner
extern crate alloc as memory;
//           ^^^^^ import alloc as memory

/// How many are kept.
// <- chunk.start LIMIT
pub const LIMIT: usize = 10;
//        ^^^^^ definition.constant LIMIT
//        ^^^^^ doc How many are kept
static NAME: &str = "store";
//     ^^^^ definition.static NAME
type Pair<K> = (K, K);
//   ^^^^ definition.type Pair
//              ^ !reference

/// One value with its name.
// <- chunk.start Entry
#[derive(Debug, Clone, serde::Serialize)]
//       ^^^^^ reference.implements in Entry
//                            ^^^^^^^^^ reference.implements in Entry
pub struct Entry<T> {
//         ^^^^^ definition.struct Entry
//         ^^^^^ doc One value with its name
    /// What it is called.
    pub name: String,
//      ^^^^ definition.field Entry::name
//      ^^^^ doc What it is called
//            ^^^^^^ reference.type in Entry
    value: T,
//         ^ !reference
}

pub enum Shape {
//       ^^^^^ definition.enum Shape
    Round { radius: f64 },
//  ^^^^^ definition.member Shape::Round
//          ^^^^^^ definition.field Shape::Round::radius
    Square(Side),
//         ^^^^ reference.type in Shape
}
union Bits { whole: u32 }
//    ^^^^ definition.union Bits

/// Where entries live.
pub trait Store: Send + fmt::Debug {
//        ^^^^^ definition.trait Store
//               ^^^^ reference.implements in Store
//                           ^^^^^ reference.implements in Store on fmt
    type Key;
//       ^^^ definition.type Store::Key
    const SIZE: usize = LIMIT;
//        ^^^^ definition.constant Store::SIZE
//                      ^^^^^ reference.read
    fn get(&self, key: &Self::Key) -> Option<Entry<u8>>;
//     ^^^ definition.method Store::get
//     ^^^ signature fn get(&self, key: &Self::Key) -> Option<Entry<u8>>
//                                           ^^^^^ reference.type in Store::get
    fn len(&self) -> usize { self.count() }
//                                ^^^^^ reference.call in Store::len on self
}

impl<T: Store> Store for Cache<T> {
//                       ^^^^^ definition.impl Cache
//             ^^^^^ reference.implements in Cache
    fn get(&self, key: &Self::Key) -> Option<Entry<u8>> {
//     ^^^ definition.method Cache::get
        //! Looks a key up.
        let found = self.map.get(key)?;
//                           ^^^ reference.call in Cache::get on self.map
//                               ^^^ !reference
        if let Some(Entry { name, .. }) = found {
//                  ^^^^^ reference.type in Cache::get
            log::info!("{}", describe(name));
//               ^^^^ reference.macro in Cache::get on log
//                           ^^^^^^^^ reference.call in Cache::get
//                                    ^^^^ !reference
        }
        let all = found.iter().map(|each| each.size + LIMIT).collect::<Vec<_>>();
//                                        ^^^^ !reference
//                                                    ^^^^^ reference.read in Cache::get
//                                                           ^^^^^^^ reference.call
        match shape {
            Shape::Round { radius } => draw::<f64>(radius),
//                 ^^^^^ reference.type in Cache::get on Shape
//                                     ^^^^ reference.call in Cache::get
//                                                 ^^^^^^ !reference
            Shape::Square(side) => Square::new(side),
//                                         ^^^ reference.call in Cache::get on Square
        }
    }
}

cfg_rt! {
    /// Runs it.
    pub fn run() { start() }
//         ^^^ definition.function run
//         ^^^ doc Runs it
//                 ^^^^^ reference.call in run

    impl Runtime {
        fn spawn(&self) {}
//         ^^^^^ definition.method Runtime::spawn
    }
}

/// Makes a map.
#[macro_export]
macro_rules! map {
//           ^^^ definition.macro map
//           ^^^ doc Makes a map
    ($($key:expr => $value:expr),*) => {{ build() }};
}

mod inner {
//  ^^^^^ definition.module inner
//  ^^^^^ doc Hidden inside
    //! Hidden inside.
    pub struct Inner(pub u8);
//             ^^^^^ definition.struct inner::Inner
    pub mod deeper {
        pub async unsafe fn reach<'a>(path: &'a Path) -> impl Future<Output = ()> + 'a {
//                          ^^^^^ definition.function inner::deeper::reach
//                                              ^^^^ reference.type in inner::deeper::reach
//                                                            ^^^^^^ reference.type in inner::deeper::reach
            super::super::run().await
//                        ^^^ reference.call in inner::deeper::reach
        }
    }
}

extern "C" {
    fn abs(input: i32) -> i32;
//     ^^^ definition.function abs
}

#[cfg(test)]
mod tests {
//  ^^^^^ definition.module tests
//  ^^^^^ test
    use super::*;
//             ^ import super::*

    #[tokio::test]
//  ^ chunk.start tests::it_runs
    async fn it_runs() {
//           ^^^^^^^ definition.function tests::it_runs
//           ^^^^^^^ test
        assert_eq!(run(), LIMIT);
//                 ^^^ reference.call in tests::it_runs
//                        ^^^^^ reference.read in tests::it_runs
    }
    fn helper() {}
//     ^^^^^^ test
}

#[inline]
// ^^^^^^ !reference
pub(crate) fn plain() {
//            ^^^^^ !test
//            ^^^^^ !doc
//            ^^^^^ signature pub(crate) fn plain()
//  ^^^^^ !reference
    'rounds: loop {
//   ^^^^^^ !reference
        break 'rounds;
//             ^^^^^^ !reference
    }
}

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        pub fn sync_directory(path: &str) { open(path); }
        //     ^^^^^^^^^^^^^^ definition.function sync_directory
        //                                  ^^^^ reference.call in sync_directory
    } else {
        pub fn sync_nothing() {}
        //     ^^^^^^^^^^^^ definition.function sync_nothing
    }
}

bitflags::bitflags! {
    #[derive(Debug)]
    pub struct Mode: u32 {
    //         ^^^^ definition.struct Mode
        const READ = 1;
    }
}
