//! A model run inside the program, by rten: for machines without ONNX Runtime.
//!
//! Measured for this: rten adds 4 MB to the program and a minute of one core to its build, and needs twice as long for a text as
//! ONNX Runtime. tract, which `ort` has a binding for (`ort-tract`, fixed to an older `ort`), adds 23 MB and seven minutes.

use super::{Output, Session};
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use std::sync::Arc;

/// A model, read.
pub(super) struct Interpreter {
    model: Model,
    ids: Vec<NodeId>,
    inputs: Vec<String>,
    output: NodeId,
}

impl Interpreter {
    pub(super) fn new(model: &[u8]) -> Result<Self, String> {
        let model = ModelOptions::with_all_ops().load(model.to_vec());
        let model = model.map_err(|error| error.to_string())?;
        let name = |id: NodeId| {
            let info = model.node_info(id);
            let name = info.as_ref().and_then(rten::NodeInfo::name);
            name.unwrap_or_default().to_owned()
        };
        let ids = model.input_ids().to_vec();
        let mut outputs = model.output_ids().iter();
        let named = outputs.find(|&&id| name(id) == "sentence_embedding");
        let output = named.or(model.output_ids().first());
        let output = *output.ok_or("the model has no output")?;
        Ok(Self {
            inputs: ids.iter().map(|&id| name(id)).collect(),
            ids,
            output,
            model,
        })
    }
}

thread_local! {
    /// One thread behind each thread that asks, with its priority.
    static POOL: Arc<ThreadPool> = Arc::new(ThreadPool::with_num_threads(1));
}

impl Session for Interpreter {
    fn inputs(&self) -> &[String] {
        &self.inputs
    }

    fn run(&mut self, inputs: Vec<Vec<i64>>) -> Result<Output, String> {
        // rten knows 32-bit integers only, in which every token fits.
        let inputs = inputs.into_iter().map(|input| {
            let values: Vec<i32> = input.into_iter().map(|value| value as i32).collect();
            NdTensor::from_data([1, values.len()], values)
        });
        let values = self.ids.iter().copied().zip(inputs.map(Into::into));
        let pool = POOL.with(Arc::clone);
        let options = RunOptions::default().with_thread_pool(Some(pool));
        let outputs = self
            .model
            .run(values.collect(), &[self.output], Some(options));
        let outputs = outputs.map_err(|error| error.to_string())?;
        match outputs.into_iter().next() {
            Some(Value::FloatTensor(tensor)) => Ok(Output {
                shape: tensor.shape().to_vec(),
                values: tensor.to_vec(),
            }),
            _ => Err("the model's output is not f32".to_owned()),
        }
    }
}
