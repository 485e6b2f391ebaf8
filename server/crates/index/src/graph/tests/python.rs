//! One small Python package per kind of evidence.

use super::*;

const APP: &str = "
//- /app/__init__.py
from .core import Engine as Motor
//- /app/core.py
import os
from .util import load
from . import util

class Base:
    def start(self):
        pass

class Engine(Base):
    def __init__(self, path):
        self.path = os.path.join(path)

    def run(self):
        self.start()
        load()
        util.save()
        return self.step()

    def step(self):
        return join()

def join():
    def inner():
        pass
    inner()

//- /app/util.py
def load():
    pass

def save():
    pass

//- /app/main.py
from app import Motor
from app.core import Engine
import app.util
import app.util as u
from os.path import join

def main(engine: Engine):
    Motor('x').run()
    Engine('y')
    app.util.load()
    u.save()
    join()
    engine.step()

//- /tests/test_core.py
from app.core import *

def test_engine():
    Engine('z')
";

#[test]
fn self_and_bases() {
    check_callers(
        APP,
        "app/core.py#Engine.step",
        &[
            "app/core.py#Engine.run:17 Calls 0.97",
            "app/main.py#main:13 Calls 0.85",
        ],
    );
    check_callers(
        APP,
        "app/core.py#Base.start",
        &["app/core.py#Engine.run:14 Calls 0.85"],
    );
    check_callers(
        APP,
        "app/core.py#Base",
        &["app/core.py#Engine:9 Implements 0.95"],
    );
}

#[test]
fn modules_and_imports() {
    check_callers(
        APP,
        "app/util.py#load",
        &[
            "app/core.py:2 Imports 0.95",
            "app/core.py#Engine.run:15 Calls 0.95",
            "app/main.py#main:10 Calls 0.92",
        ],
    );
    check_callers(
        APP,
        "app/util.py#save",
        &[
            "app/core.py#Engine.run:16 Calls 0.92",
            "app/main.py#main:11 Calls 0.92",
        ],
    );
}

#[test]
fn the_standard_library_is_not_ours() {
    check_callers(
        APP,
        "app/core.py#join",
        &["app/core.py#Engine.step:20 Calls 0.95"],
    );
    check_callers(
        APP,
        "app/core.py#join.inner",
        &["app/core.py#join:25 Calls 0.98"],
    );
}

#[test]
fn classes_are_called_through_reexports_aliases_and_globs() {
    check_callers(
        APP,
        "app/core.py#Engine",
        &[
            "app/__init__.py:1 Imports 0.95",
            "app/main.py:2 Imports 0.95",
            "app/main.py#main:7 References 0.95",
            "app/main.py#main:9 Calls 0.95",
            "tests/test_core.py#test_engine:4 Tests 0.80",
        ],
    );
    check_callers(
        APP,
        "app/core.py#Engine.__init__",
        &[
            "app/main.py#main:9 Calls 0.95",
            "tests/test_core.py#test_engine:4 Tests 0.80",
        ],
    );
    check_callers(
        APP,
        "app/core.py#Engine.run",
        &["app/main.py#main:8 Calls 0.65"],
    );
}
