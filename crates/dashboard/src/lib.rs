//! The committed build of the dashboard, embedded.
//!
//! The build script lists `web/dist`; [`asset`] answers a request path from that list and never
//! touches a disk. Where the folder was absent at compile time, [`fallback`] explains it.

/// Path and bytes of every file of the build, sorted by path.
static ASSETS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The page that stands for an empty request path.
const INDEX: &str = "index.html";

/// Files below this folder carry a hash of their content in their name.
const HASHED: &str = "assets/";

/// One file, ready to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The body.
    pub bytes: &'static [u8],
    /// The value of the `content-type` header.
    pub content_type: &'static str,
    /// Whether the path names this content for ever, so that a cache may keep it for ever.
    pub immutable: bool,
}

/// The file at a request path, with or without its leading slash; the empty path is the page.
/// `None` where the build has no such file: then answer [`fallback`] for the page and 404 else.
pub fn asset(path: &str) -> Option<Asset> {
    find(ASSETS, path)
}

/// The page to serve when the build was absent at compile time.
pub fn fallback() -> Asset {
    Asset {
        bytes: include_bytes!("fallback.html"),
        content_type: content_type(INDEX),
        immutable: false,
    }
}

fn find(assets: &[(&'static str, &'static [u8])], path: &str) -> Option<Asset> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = if path.is_empty() { INDEX } else { path };
    let place = assets.binary_search_by(|(name, _)| (*name).cmp(path)).ok()?;
    let (name, bytes) = *assets.get(place)?;
    Some(Asset { bytes, content_type: content_type(name), immutable: name.starts_with(HASHED) })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an attribute of the page refers to, relative to the page.
    fn references(page: &str) -> Vec<&str> {
        page.split("=\"./").skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn the_page_and_all_it_refers_to_are_embedded() {
        let page = asset("/").expect("web/dist is committed");
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert!(!page.immutable, "the page must be asked for anew, its name has no hash");
        let text = std::str::from_utf8(page.bytes).expect("html is utf-8");
        let referred = references(text);
        assert!(referred.iter().any(|name| name.ends_with(".js")), "{referred:?}");
        assert!(referred.iter().any(|name| name.ends_with(".css")), "{referred:?}");
        for name in referred {
            let file = asset(name).unwrap_or_else(|| panic!("{name} is missing"));
            assert!(!file.bytes.is_empty(), "{name}");
            assert_eq!(file.immutable, name.starts_with("assets/"), "{name}");
        }
    }

    #[test]
    fn every_file_is_found_by_its_path_with_a_known_type() {
        for (name, bytes) in ASSETS {
            let found = asset(&format!("/{name}")).expect("listed");
            assert_eq!(found.bytes, *bytes, "{name}");
            assert_ne!(found.content_type, "application/octet-stream", "{name}");
        }
        assert_eq!(asset(""), asset("index.html"));
    }

    #[test]
    fn other_paths_are_not_found() {
        for path in ["/v1/overview", "..", "/../Cargo.toml", "//index.html", "assets", "assets/"] {
            assert_eq!(asset(path), None, "{path}");
        }
    }

    #[test]
    fn without_a_build_nothing_is_found_and_the_fallback_says_so_in_both_languages() {
        assert_eq!(find(&[], "/"), None);
        let page = fallback();
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert!(!page.immutable);
        let text = std::str::from_utf8(page.bytes).expect("html is utf-8");
        for words in ["without its dashboard", "npm run build", "未包含仪表盘"] {
            assert!(text.contains(words), "{words}");
        }
    }

    #[test]
    fn content_types_follow_the_extension() {
        let known = [
            ("a.html", "text/html; charset=utf-8"),
            ("a.b.js", "text/javascript; charset=utf-8"),
            ("x/a.css", "text/css; charset=utf-8"),
            ("a.svg", "image/svg+xml"),
            ("a.json", "application/json"),
            ("a.ico", "image/x-icon"),
            ("README", "application/octet-stream"),
        ];
        for (name, expected) in known {
            assert_eq!(content_type(name), expected, "{name}");
        }
    }
}
