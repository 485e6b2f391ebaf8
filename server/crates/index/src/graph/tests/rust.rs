//! One small Rust workspace per kind of evidence.

use super::*;

const NET: &str = "
//- /src/lib.rs
mod net;
pub use net::tcp::TcpStream;
//- /src/net/mod.rs
pub mod tcp;
pub mod udp;
//- /src/net/tcp.rs
pub struct TcpStream { fd: Fd }
pub struct Fd;
impl Fd { fn close(&self) {} }
impl TcpStream {
    pub fn connect() -> Self { Self::open() }
    fn open() -> Self { helper(); todo!() }
    pub fn poll_read(&self) { self.register_interest(); self.fd.close(); }
    fn register_interest(&self) {}
}
fn helper() {}
//- /src/net/udp.rs
pub struct UdpSocket;
impl UdpSocket {
    pub fn connect() -> Self { helper(); UdpSocket }
}
fn helper() {}
//- /src/app.rs
use crate::net::tcp::TcpStream;
use crate::net::udp;
use crate::TcpStream as Renamed;
fn run(stream: &TcpStream) {
    let s = TcpStream::connect();
    let u = udp::UdpSocket::connect();
    stream.poll_read();
    Renamed::connect();
}
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn runs() { run(&TcpStream::connect()); }
}
";

#[test]
fn own_members_and_same_file() {
    check_callers(
        NET,
        "src/net/tcp.rs#TcpStream::open",
        &["src/net/tcp.rs#TcpStream::connect:5 Calls 0.97"],
    );
    check_callers(
        NET,
        "src/net/tcp.rs#helper",
        &["src/net/tcp.rs#TcpStream::open:6 Calls 0.95"],
    );
    check_callers(
        NET,
        "src/net/tcp.rs#TcpStream::register_interest",
        &["src/net/tcp.rs#TcpStream::poll_read:7 Calls 0.97"],
    );
}

#[test]
fn qualified_by_type_through_imports_aliases_and_reexports() {
    check_callers(
        NET,
        "src/net/tcp.rs#TcpStream::connect",
        &[
            "src/app.rs#run:5 Calls 0.95",
            "src/app.rs#tests::runs:14 Tests 0.95",
            "src/app.rs#run:8 Calls 0.88",
        ],
    );
    check_callers(
        NET,
        "src/net/udp.rs#UdpSocket::connect",
        &["src/app.rs#run:6 Calls 0.95"],
    );
}

#[test]
fn receivers_with_declared_types() {
    check_callers(
        NET,
        "src/net/tcp.rs#TcpStream::poll_read",
        &["src/app.rs#run:7 Calls 0.85"],
    );
    check_callers(
        NET,
        "src/net/tcp.rs#Fd::close",
        &["src/net/tcp.rs#TcpStream::poll_read:7 Calls 0.85"],
    );
}

#[test]
fn callees_of_a_function() {
    check_callees(
        NET,
        "src/app.rs#run",
        &[
            "4 src/net/tcp.rs#TcpStream References 0.95",
            "5 src/net/tcp.rs#TcpStream References 0.95",
            "5 src/net/tcp.rs#TcpStream::connect Calls 0.95",
            "6 src/net/udp.rs#UdpSocket References 0.92",
            "6 src/net/udp.rs#UdpSocket::connect Calls 0.95",
            "7 src/net/tcp.rs#TcpStream::poll_read Calls 0.85",
            "8 src/net/tcp.rs#TcpStream References 0.88",
            "8 src/net/tcp.rs#TcpStream::connect Calls 0.88",
        ],
    );
}

#[test]
fn globs_macros_modules_and_traits() {
    let fixture = "
//- /src/lib.rs
#[macro_use] mod macros;
//- /src/macros.rs
macro_rules! trace { () => {} }
//- /src/shape.rs
pub trait Shape { fn area(&self) -> f64; fn describe(&self) { self.area(); } }
pub struct Square;
impl Shape for Square { fn area(&self) -> f64 { self.describe(); 1.0 } }
pub fn unit() -> Square { Square }
//- /src/draw.rs
use crate::shape::*;
fn draw() { trace!(); unit(); crate::shape::unit(); }
fn all(x: &dyn Shape) { x.area(); }
";
    check_callers(
        fixture,
        "src/shape.rs#unit",
        &[
            "src/draw.rs#draw:2 Calls 0.92",
            "src/draw.rs#draw:2 Calls 0.80",
        ],
    );
    check_callers(
        fixture,
        "src/macros.rs#trace",
        &["src/draw.rs#draw:2 Calls 0.80"],
    );
    check_callers(
        fixture,
        "src/shape.rs#Shape",
        &[
            "src/shape.rs#Square:3 Implements 0.95",
            "src/draw.rs#all:3 References 0.80",
        ],
    );
    check_callers(
        fixture,
        "src/shape.rs#Shape::describe",
        &["src/shape.rs#Square::area:3 Calls 0.85"],
    );
}

#[test]
fn everyday_methods_need_evidence() {
    let fixture = "
//- /src/a.rs
pub struct Cell;
impl Cell { pub fn unwrap(self) -> u8 { 0 } pub fn frobnicate(&self) {} }
fn f() { Some(1).unwrap(); let c = Cell; c.frobnicate(); cell.unwrap(); }
";
    check_callers(
        fixture,
        "src/a.rs#Cell::unwrap",
        &["src/a.rs#f:3 Calls 0.60"],
    );
    check_callers(
        fixture,
        "src/a.rs#Cell::frobnicate",
        &["src/a.rs#f:3 Calls 0.65"],
    );
}

#[test]
fn standard_imports_bind_to_nothing_here() {
    let fixture = "
//- /src/map.rs
pub struct HashMap;
impl HashMap { pub fn with_hasher() {} }
pub fn swap() {}
//- /src/b.rs
use std::collections::HashMap;
use std::mem::swap;
fn f() { HashMap::with_hasher(); swap(); }
";
    check_callers(fixture, "src/map.rs#HashMap::with_hasher", &[]);
    check_callers(fixture, "src/map.rs#swap", &[]);
    check_callers(
        fixture,
        "src/map.rs#HashMap",
        &["src/map.rs#HashMap:2 References 0.95"],
    );
}

#[test]
fn names_shared_by_many_spread() {
    let file = |at| {
        format!(
            "//- /src/m{at}/x.rs\npub struct T{at};\nimpl T{at} {{ pub fn send(&self) {{}} }}\n"
        )
    };
    let mut fixture: String = (0..12).map(file).collect();
    fixture += "//- /src/use/y.rs\nfn f(it: usize) { it.send(); }\n";
    let world = World::parse(&fixture, In::Part);
    let edges = world.callers("src/m3/x.rs#T3::send");
    assert_eq!(edges, ["src/use/y.rs#f:1 Calls 0.03"]);
}

#[test]
fn editing_a_callee_keeps_its_callers() {
    let mut world = World::parse(NET, In::Part);
    let before = world.callers("src/net/tcp.rs#TcpStream::connect");
    let text = "\n\n// moved\npub struct TcpStream;\nimpl TcpStream { pub fn other() {} pub fn connect() {} }\n";
    for layer in [In::Memory, In::Part] {
        world.commit(&[("src/net/tcp.rs", text)], layer);
        assert_eq!(world.callers("src/net/tcp.rs#TcpStream::connect"), before);
        assert!(world.callers("src/net/tcp.rs#TcpStream::other").is_empty());
    }
}

#[test]
fn callers_by_name() {
    let world = World::parse(NET, In::Part);
    let ask = |text: &str| {
        let found = world.with(|view| callers_of_name(view, &world, text, &Cancel::new()).unwrap());
        let targets: Vec<_> = found.targets.iter().map(|it| world.show(*it)).collect();
        let edges: Vec<_> = found.edges.iter().map(|it| world.show_edge(it)).collect();
        (targets, edges)
    };
    let tcp = "src/net/tcp.rs#TcpStream::connect".to_owned();
    let udp = "src/net/udp.rs#UdpSocket::connect".to_owned();
    assert_eq!(ask("connect").0, [tcp.as_str(), udp.as_str()]);
    assert_eq!(ask("TcpStream::connect").0, [tcp]);
    assert_eq!(ask("UdpSocket.connect()").0, [udp.as_str()]);
    assert_eq!(ask("net::udp::UdpSocket::connect").0, [udp]);
    assert_eq!(ask("udp::helper").0, ["src/net/udp.rs#helper"]);
    assert_eq!(ask("connect").1.len(), 4);
    let world_todo = ask("todo");
    assert_eq!(world_todo.0, Vec::<String>::new());
    assert_eq!(
        world_todo.1,
        ["src/net/tcp.rs#TcpStream::open:6 Calls 0.20"]
    );
}

#[test]
fn inner_modules_have_their_own_names() {
    let fixture = "
//- /src/a.rs
fn helper() {}
fn f() { helper(); }
mod tests {
    use super::*;
    fn helper() {}
    fn g() { helper(); f(); super::helper(); }
}
mod more {
    pub enum Kind { One }
    pub fn free() {}
}
use more::*;
use more::Kind::*;
fn h() { free(); One; }
";
    check_callers(
        fixture,
        "src/a.rs#helper",
        &["src/a.rs#f:2 Calls 0.95", "src/a.rs#tests::g:6 Calls 0.92"],
    );
    check_callers(
        fixture,
        "src/a.rs#tests::helper",
        &["src/a.rs#tests::g:6 Calls 0.95"],
    );
    check_callers(fixture, "src/a.rs#f", &["src/a.rs#tests::g:6 Calls 0.95"]);
    check_callers(
        fixture,
        "src/a.rs#more::free",
        &["src/a.rs#h:14 Calls 0.80"],
    );
    check_callers(
        fixture,
        "src/a.rs#more::Kind::One",
        &["src/a.rs#h:14 References 0.80"],
    );
}

#[test]
fn integration_tests_name_their_crate() {
    let fixture = "
//- /src/lib.rs
pub fn spawn() {}
//- /src/sync/mpsc.rs
pub fn channel() {}
pub struct Sender;
impl Sender { pub fn send(&self) {} }
//- /tests/sync.rs
use tokio::sync::mpsc;
use tokio::spawn;
use std::sync::mpsc as other;
fn f(buf: &[u8], sender: Receiver) { mpsc::channel(); spawn(); other::channel(); sender.send(); }
";
    check_callers(
        fixture,
        "src/sync/mpsc.rs#channel",
        &["tests/sync.rs#f:4 Calls 0.88"],
    );
    check_callers(
        fixture,
        "src/lib.rs#spawn",
        &[
            "tests/sync.rs:2 Imports 0.75",
            "tests/sync.rs#f:4 Calls 0.75",
        ],
    );
}

#[test]
fn equals_are_ordered_by_path_whatever_their_keys() {
    let one = "pub struct A; impl A { pub fn frob(&self) {} }";
    let two = "fn g(it: usize) { it.frob(); }";
    let mut paths = ["a/x.rs", "b/x.rs", "c/x.rs", "d/x.rs", "e/x.rs"];
    let mut answers = Vec::new();
    for layer in [In::Part, In::Memory] {
        paths.reverse();
        let mut world = World::new();
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, one)).collect();
        world.commit(&files, layer);
        world.commit(&[("z/y.rs", two)], In::Memory);
        answers.push(world.callees("z/y.rs#g"));
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0][0].contains(" a/x.rs#A::frob "), "{answers:?}");
    assert_eq!(answers[0].len(), 3);
}
