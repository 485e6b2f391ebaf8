//! End-to-end tests over the real binary as a child process, in one test binary. The life of the language server is tested
//! in `server/tests`; here are the command line, the evaluation protocol, ranking, and the pages of this repository.

mod care;
mod cli;
mod eval_serve;
mod mcp;
mod model;
mod pages;
mod ranking;
