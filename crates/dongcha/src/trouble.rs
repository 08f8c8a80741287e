//! Errors as people read them: one sentence on standard error, in their language.

use std::io::Write;

use collect::CollectError;
use decide::DecideError;
use event::{Bilingual, Language};
use lake::LakeError;
use serve::ServeError;

/// An operator's error, said in both languages.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.en)]
struct Trouble(Bilingual);

/// An error said in both languages.
pub fn both(en: impl Into<String>, zh: impl Into<String>) -> anyhow::Error {
    Trouble(Bilingual::new(en, zh)).into()
}

/// Prints an error as one line.
pub fn print(error: &anyhow::Error, language: Language) {
    let sentence = sentence(error, language);
    // Nothing is left to do when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{sentence}");
}

fn sentence(error: &anyhow::Error, language: Language) -> String {
    let english = english(error);
    match language {
        Language::En => format!("dongcha: {english}"),
        Language::Zh => match chinese(error) {
            Some(text) => format!("dongcha：{text}"),
            None => format!("dongcha 出错：{english}"),
        },
    }
}

/// The error and its causes, each said once, on one line.
fn english(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first of the error and its causes that has a Chinese sentence.
fn chinese(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        if let Some(Trouble(text)) = cause.downcast_ref() {
            return Some(text.zh.clone());
        }
        if let Some(error) = cause.downcast_ref::<CollectError>() {
            return of_collect(error);
        }
        if let Some(error) = cause.downcast_ref::<ServeError>() {
            return of_serve(error);
        }
        if let Some(DecideError::Refused(text)) = cause.downcast_ref() {
            return Some(text.zh.clone());
        }
        cause.downcast_ref::<LakeError>().and_then(of_lake)
    })
}

fn of_lake(error: &LakeError) -> Option<String> {
    Some(match error {
        LakeError::InUse { dir, pid, command } => format!(
            "数据目录 {} 正被进程 {pid}（{command}）使用；请先停止它，或通过它操作",
            dir.display()
        ),
        LakeError::Newer { path, found, supported } => format!(
            "{} 的格式为 {found}，本版本最多支持 {supported}；请使用更新版本的 dongcha",
            path.display()
        ),
        LakeError::Corrupt { file, reason } => {
            format!("{} 已损坏：{reason}；请运行 `dongcha doctor`，并从副本恢复", file.display())
        }
        LakeError::DiskFull { path } => {
            format!("没有空间写入 {}；请释放空间后重试", path.display())
        }
        LakeError::Io { path, source, .. } => format!("无法访问 {}：{source}", path.display()),
        LakeError::SiteUnknown(site) => format!("没有店铺 `{site}`；请用 `dongcha init` 创建"),
        LakeError::SiteExists(site) => format!("店铺 `{site}` 已存在且设置不同；请换一个名称"),
        LakeError::Exists(path) => format!("{} 已存在；请选择空文件夹", path.display()),
        _ => return None,
    })
}

fn of_collect(error: &CollectError) -> Option<String> {
    Some(match error {
        CollectError::NoFiles => "没有要导入的文件；请至少指定一个".to_owned(),
        CollectError::Read { path, source } => format!("无法读取 {}：{source}", path.display()),
        CollectError::Directory { path } => {
            format!("{} 是文件夹；请指定其中的文件", path.display())
        }
        CollectError::Empty { path } => format!("{} 是空文件；没有可导入的内容", path.display()),
        CollectError::ColumnsMissing { path, map, missing, found } => {
            format!("{} 缺少列映射 {map} 所需的列：{missing}；现有的列为：{found}", path.display())
        }
        CollectError::MapUnknown { path, found } => format!(
            "没有适合 {} 的内置列映射；其列为：{found}；请将列命名为 user、item、time（以及 \
             order、qty、price 等），或编写映射并用 --map 指定",
            path.display()
        ),
        CollectError::Map { name, problem } => format!("列映射 {name} 有误：{problem}"),
        CollectError::CurrencyMissing { path } => format!(
            "{} 有价格但没有货币；请添加货币列，或在映射或店铺设置中指定货币",
            path.display()
        ),
        // The reason is an error of its own, further down the chain.
        CollectError::Sink(reason) => {
            let lake = reason.downcast_ref::<LakeError>().and_then(of_lake);
            format!("无法存储：{}", lake.unwrap_or_else(|| reason.to_string()))
        }
        _ => return None,
    })
}

fn of_serve(error: &ServeError) -> Option<String> {
    Some(match error {
        ServeError::Lake(error) => return of_lake(error),
        ServeError::Decide(DecideError::Refused(text)) => text.zh.clone(),
        ServeError::Life(text) => text.zh.clone(),
        ServeError::NoModel { site } => {
            format!("店铺 `{site}` 尚未训练模型；请运行 `dongcha train --site {site}`")
        }
        ServeError::Parameter { parameter, found, advice } => {
            format!("{parameter} 的值 `{found}` 无法使用：{}", advice.zh)
        }
        ServeError::NoVersion { site, version } => {
            format!("店铺 `{site}` 没有版本为 `{version}` 的模型；见 `dongcha model list`")
        }
        ServeError::Unfit { version, reason } => {
            format!("版本 `{version}` 不能服务：{reason}；正在服务的模型保持不变")
        }
        ServeError::UnknownSite(site) => {
            format!("没有店铺 `{site}`；请用 `dongcha init` 创建")
        }
        ServeError::Bind { addr, source } => {
            format!("无法监听 {addr}：{source}；请换一个地址，或停止占用它的程序")
        }
        ServeError::Bundle { path, reason } => {
            format!("无法使用 {} 处的模型：{reason}；请重新训练", path.display())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_in_either_language() {
        let error = both("no such\nthing", "没有");
        assert_eq!(sentence(&error, Language::En), "dongcha: no such thing");
        assert_eq!(sentence(&error, Language::Zh), "dongcha：没有");
        let error = anyhow::Error::from(LakeError::SiteUnknown("x".into())).context("while");
        assert!(sentence(&error, Language::Zh).contains("没有店铺"));
        assert!(sentence(&error, Language::En).contains("while: no site"));
    }
}
