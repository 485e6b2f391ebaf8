//! A model run by ONNX Runtime, through `ort`.

use super::{Output, Session};
use ort::environment::Environment;
use ort::session::SessionInputValue;
use ort::value::Tensor;
use std::borrow::Cow;

/// One session on one thread: faster per text than several, and the same vectors at every run.
pub(super) struct Native {
    session: ort::session::Session,
    inputs: Vec<String>,
    output: usize,
}

impl Native {
    pub(super) fn new(environment: &Environment, model: &[u8]) -> Result<Self, String> {
        let session = session(environment, model).map_err(|error| error.to_string())?;
        let inputs = session.inputs().iter();
        let inputs = inputs.map(|input| input.name().to_owned()).collect();
        let mut outputs = session.outputs().iter();
        let output = outputs.position(|output| output.name() == "sentence_embedding");
        if session.outputs().is_empty() {
            return Err("the model has no output".to_owned());
        }
        Ok(Self {
            session,
            inputs,
            output: output.unwrap_or(0),
        })
    }
}

fn session(environment: &Environment, model: &[u8]) -> ort::Result<ort::session::Session> {
    ort::session::Session::builder(environment)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .commit_from_memory(model)
}

impl Session for Native {
    fn inputs(&self) -> &[String] {
        &self.inputs
    }

    fn run(&mut self, inputs: Vec<Vec<i64>>) -> Result<Output, String> {
        let mut values: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        for (name, input) in self.inputs.iter().zip(inputs) {
            let tensor = Tensor::from_array(([1, input.len()], input));
            let tensor = tensor.map_err(|error| error.to_string())?;
            values.push((Cow::Owned(name.clone()), tensor.into()));
        }
        let outputs = self
            .session
            .run(values)
            .map_err(|error| error.to_string())?;
        let (shape, values) = outputs[self.output]
            .try_extract_tensor::<f32>()
            .map_err(|error| error.to_string())?;
        Ok(Output {
            shape: shape.iter().map(|&size| size.max(0) as usize).collect(),
            values: values.to_vec(),
        })
    }
}
