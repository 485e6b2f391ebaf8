//! `$/progress` for long work of the engine: a token the client made, a begin, reports at a bearable pace, an end.
//!
//! The engine's threads only leave a note here and never wait; each work has a task of its own that talks to the client.
//! The client's answer to `window/workDoneProgress/create` is awaited by that task alone: a client that never answers
//! sees no progress and is served all the same.

use crate::lsp::backend::Progress;
use crate::lsp::shared::Shared;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use symseek_base::Cancel;
use tokio::sync::watch;
use tower_lsp::Client;
use tower_lsp::lsp_types::notification;
use tower_lsp::lsp_types::request::WorkDoneProgressCreate;
use tower_lsp::lsp_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport,
};

/// Between two reports of one work.
const PACE: Duration = Duration::from_millis(100);

/// The works under way: one per folder.
#[derive(Default)]
pub(crate) struct Board {
    works: Mutex<HashMap<PathBuf, Work>>,
    made: AtomicU64,
}

struct Work {
    token: String,
    cancel: Cancel,
    news: watch::Sender<News>,
}

#[derive(Debug, Clone, Default)]
struct News {
    done: usize,
    total: usize,
    end: Option<String>,
}

impl Board {
    /// Takes a note of the engine.
    pub(crate) fn event(&self, shared: &Arc<Shared>, event: Progress) {
        match event {
            Progress::Begin {
                root,
                total,
                cancel,
            } => {
                tracing::info!(root = %root.display(), total, "indexing");
                if !shared.session().progress {
                    return;
                }
                let news = watch::Sender::new(News {
                    total,
                    ..News::default()
                });
                let n = self.made.fetch_add(1, Ordering::Relaxed);
                let token = format!("symseek/index/{n}");
                let folder = root.file_name().unwrap_or(root.as_os_str());
                let title = format!("Indexing {}", folder.to_string_lossy());
                let told = tell(
                    shared.client.clone(),
                    token.clone(),
                    title,
                    news.subscribe(),
                );
                let work = Work {
                    token,
                    cancel,
                    news,
                };
                // A work that began again ends where its sender is dropped.
                self.works.lock().insert(root, work);
                shared.runtime.spawn(told);
            }
            Progress::Update { root, done, total } => {
                if let Some(work) = self.works.lock().get(&root) {
                    work.news.send_replace(News {
                        done,
                        total,
                        end: None,
                    });
                }
            }
            Progress::End { root, message } => {
                tracing::info!(root = %root.display(), "{message}");
                if let Some(work) = self.works.lock().remove(&root) {
                    work.news.send_modify(|news| news.end = Some(message));
                }
            }
        }
    }

    /// The user pressed cancel.
    pub(crate) fn cancel(&self, token: &Value) {
        let works = self.works.lock();
        if let Some(work) = works.values().find(|work| *token == work.token) {
            work.cancel.cancel();
        }
    }
}

async fn tell(client: Client, token: String, title: String, mut news: watch::Receiver<News>) {
    let token = NumberOrString::String(token);
    let create = WorkDoneProgressCreateParams {
        token: token.clone(),
    };
    let created = client.send_request::<WorkDoneProgressCreate>(create).await;
    if created.is_err() {
        return;
    }
    let send = async |value| {
        let params = ProgressParams {
            token: token.clone(),
            value: ProgressParamsValue::WorkDone(value),
        };
        client
            .send_notification::<notification::Progress>(params)
            .await;
    };
    let begin = WorkDoneProgressBegin {
        title,
        cancellable: Some(true),
        message: None,
        percentage: Some(0),
    };
    send(WorkDoneProgress::Begin(begin)).await;
    loop {
        let now = news.borrow_and_update().clone();
        if now.end.is_some() {
            let message = now.end;
            send(WorkDoneProgress::End(WorkDoneProgressEnd { message })).await;
            return;
        }
        if now.done > 0 {
            let report = WorkDoneProgressReport {
                cancellable: Some(true),
                message: Some(format!("{} / {} files", now.done, now.total)),
                percentage: Some((now.done.min(now.total) * 100 / now.total.max(1)) as u32),
            };
            send(WorkDoneProgress::Report(report)).await;
        }
        // The end is told at once; between reports there is a pause.
        let mut ending = news.clone();
        let paced = async {
            tokio::time::sleep(PACE).await;
            news.changed().await.is_ok()
        };
        let ended = async { ending.wait_for(|news| news.end.is_some()).await.is_ok() };
        let told = tokio::select! { told = paced => told, told = ended => told };
        if !told && news.borrow().end.is_none() {
            let message = None;
            send(WorkDoneProgress::End(WorkDoneProgressEnd { message })).await;
            return;
        }
    }
}
