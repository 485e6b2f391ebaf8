//! `$/progress` for long work of the engine: a token the client made, a begin, reports at a bearable pace, an end.
//!
//! The engine's threads only leave a note here and never wait; each work has a task of its own that talks to the client.
//! The client's answer to `window/workDoneProgress/create` is awaited by that task alone: a client that never answers
//! sees no progress and is served all the same.

use crate::lsp::backend::{ProgressEvent, ProgressStep};
use crate::lsp::shared::Shared;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use symseek_base::Cancel;
use tokio::sync::watch;
use tower_lsp::Client;
use tower_lsp::lsp_types::notification::Progress;
use tower_lsp::lsp_types::request::WorkDoneProgressCreate;
use tower_lsp::lsp_types::{
    NumberOrString, ProgressParams, ProgressParamsValue, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport,
};

/// Between two reports of one work.
const PACE: Duration = Duration::from_millis(100);

/// The works under way.
#[derive(Default)]
pub(crate) struct Board {
    works: Mutex<HashMap<u64, Work>>,
}

struct Work {
    cancel: Cancel,
    news: watch::Sender<News>,
}

#[derive(Debug, Clone, Default)]
struct News {
    done: u64,
    total: u64,
    message: String,
    ended: bool,
}

fn token(task: u64) -> String {
    format!("symseek/{task}")
}

impl Board {
    /// Takes a note of the engine.
    pub(crate) fn event(&self, shared: &Arc<Shared>, event: ProgressEvent) {
        let task = event.task;
        match event.step {
            ProgressStep::Begin {
                title,
                total,
                cancel,
            } => {
                tracing::info!(task, total, "{title}");
                if !shared.session().progress {
                    return;
                }
                let news = watch::Sender::new(News {
                    total,
                    ..News::default()
                });
                let told = tell(shared.client.clone(), token(task), title, news.subscribe());
                self.works.lock().insert(task, Work { cancel, news });
                shared.runtime.spawn(told);
            }
            ProgressStep::Update {
                done,
                total,
                message,
            } => {
                if let Some(work) = self.works.lock().get(&task) {
                    work.news.send_replace(News {
                        done,
                        total,
                        message,
                        ended: false,
                    });
                }
            }
            ProgressStep::End { message } => {
                tracing::info!(task, "{message}");
                if let Some(work) = self.works.lock().remove(&task) {
                    work.news.send_modify(|news| {
                        news.message = message;
                        news.ended = true;
                    });
                }
            }
        }
    }

    /// The user pressed cancel.
    pub(crate) fn cancel(&self, wanted: &Value) {
        let works = self.works.lock();
        let id = wanted
            .as_str()
            .and_then(|wanted| wanted.strip_prefix("symseek/"))
            .and_then(|task| task.parse().ok());
        if let Some(work) = id.and_then(|task: u64| works.get(&task)) {
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
        client.send_notification::<Progress>(params).await;
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
        if now.ended {
            let message = Some(now.message);
            send(WorkDoneProgress::End(WorkDoneProgressEnd { message })).await;
            return;
        }
        if now.done > 0 {
            let message = match now.message.as_str() {
                "" => format!("{} / {} files", now.done, now.total),
                more => format!("{} / {} files · {more}", now.done, now.total),
            };
            let report = WorkDoneProgressReport {
                cancellable: Some(true),
                message: Some(message),
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
        let ended = async { ending.wait_for(|news| news.ended).await.is_ok() };
        let told = tokio::select! { told = paced => told, told = ended => told };
        if !told && !news.borrow().ended {
            // The engine forgot it.
            let message = None;
            send(WorkDoneProgress::End(WorkDoneProgressEnd { message })).await;
            return;
        }
    }
}
