//! The dashboard of a real server on the demo's data, driven in Chromium.

use std::path::Path;
use std::process::{Command, Stdio};

use dongcha_tests::tree;

use crate::demo::demo;
use crate::program::notice;

#[test]
fn the_dashboard_works_in_a_browser() {
    let required = std::env::var("DONGCHA_REQUIRE_BROWSER").is_ok_and(|value| value == "1");
    let web = tree::root().join("web");
    let browser = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let missing = [Path::new(&browser), &web.join("node_modules")];
    if let Some(missing) = missing.iter().find(|path| !path.exists()) {
        let text = format!("no {}; run tests/setup.sh", missing.display());
        assert!(!required, "the browser tests cannot run: {text}");
        return notice(&format!("the browser tests are left out: {text}"));
    }
    let demo = demo();
    let keys = ["gifts", "clothing"].map(|site| demo.dongcha.key(site, "read"));
    let slate = &demo.site("gifts")["recommendations"][0];
    let user = slate["request"]["subject"]["user_id"].as_str().unwrap();
    let item = slate["items"][0]["item_id"].as_str().unwrap();
    let server = demo.dongcha.serve();
    let output = Command::new("npm")
        .args(["run", "--silent", "test:browser"])
        .current_dir(&web)
        .env("DONGCHA_URL", &server.url)
        .env("DONGCHA_KEYS", keys.join(","))
        .env("DONGCHA_USER", user)
        .env("DONGCHA_ITEM", item)
        .env("CHROMIUM", &browser)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(server.stop(), Some(0));
}
