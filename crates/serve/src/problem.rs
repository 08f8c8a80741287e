//! Refusals over HTTP: a status, a stable code, a sentence in both languages, and where it is.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use event::Bilingual;
use event::limits::{BATCH_EVENTS, BODY_BYTES, TEXT_BYTES};
use lake::LakeError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Text;
use crate::error::ServeError;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident, $en:expr, $zh:expr;)*) => {
        /// A stable reason for refusing a request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name),* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it stands in answers and documentation.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The status it is answered with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),* }
            }

            /// What is wrong and what to do.
            pub fn advice(self) -> Bilingual {
                match self { $(Self::$name => Bilingual::new($en, $zh)),* }
            }
        }
    };
}

codes! {
    /// No key was sent.
    KeyMissing = "key_missing", UNAUTHORIZED,
        "send a key in the header `Authorization: Bearer …`",
        "请在请求头 `Authorization: Bearer …` 中提供密钥";
    /// The key is not stored, or was revoked.
    KeyUnknown = "key_unknown", UNAUTHORIZED,
        "this key is not known or was revoked; make one with `dongcha key create`",
        "密钥不存在或已撤销；请用 `dongcha key create` 创建";
    /// The kind of key does not open this route.
    KeyNotAllowed = "key_not_allowed", FORBIDDEN,
        "this kind of key may not do this; use a key of another kind",
        "此类密钥无权执行该操作；请使用其他类型的密钥";
    /// No such path.
    NotFound = "not_found", NOT_FOUND,
        "no such path; see /openapi.json", "没有此路径；请参阅 /openapi.json";
    /// The path does not know this method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED,
        "this path does not know this method; see the header `Allow`",
        "该路径不支持此方法；请参阅响应头 `Allow`";
    /// The body did not arrive in time.
    BodyTimeout = "body_timeout", REQUEST_TIMEOUT,
        "the body did not arrive in time; send smaller batches",
        "请求体未及时到达；请减小批次";
    /// The body ended early.
    BodyIncomplete = "body_incomplete", BAD_REQUEST,
        "the body ended early; send it again", "请求体不完整；请重新发送";
    /// The body is too large.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE,
        format!("the body has over {} bytes; send smaller batches", BODY_BYTES.value),
        format!("请求体超过 {} 字节；请减小批次", BODY_BYTES.value);
    /// Too many events at once.
    BatchTooLarge = "batch_too_large", PAYLOAD_TOO_LARGE,
        format!("over {} events in one batch; send smaller batches", BATCH_EVENTS.value),
        format!("单批超过 {} 个事件；请减小批次", BATCH_EVENTS.value);
    /// A body of another type.
    ContentTypeUnsupported = "content_type_unsupported", UNSUPPORTED_MEDIA_TYPE,
        "send application/json or application/x-ndjson",
        "请使用 application/json 或 application/x-ndjson";
    /// A compressed body.
    ContentEncodingUnsupported = "content_encoding_unsupported", UNSUPPORTED_MEDIA_TYPE,
        "compressed bodies are not read; leave Content-Encoding out",
        "不支持压缩的请求体；请去掉 Content-Encoding";
    /// The body is not JSON.
    JsonInvalid = "json_invalid", BAD_REQUEST,
        "the body is not valid JSON; check quotes, commas and encoding (UTF-8)",
        "请求体不是合法的 JSON；请检查引号、逗号和编码（UTF-8）";
    /// The body is JSON of another shape.
    EventsMissing = "events_missing", BAD_REQUEST,
        "send {\"events\":[…]}, an array of events, or one event per line as \
         application/x-ndjson",
        "请发送 {\"events\":[…]}、事件数组，或以 application/x-ndjson 每行一个事件";
    /// A parameter is missing, unknown or out of range.
    QueryInvalid = "query_invalid", BAD_REQUEST,
        "this parameter is missing, unknown or out of range; see /openapi.json",
        "参数缺失、未知或超出范围；请参阅 /openapi.json";
    /// Texts to be scored that are none, too many or too long.
    TextsInvalid = "texts_invalid", BAD_REQUEST,
        format!("send a JSON array of at most 500 texts of at most {} bytes", TEXT_BYTES.value),
        format!("请发送 JSON 数组：最多 500 条文本，每条不超过 {} 字节", TEXT_BYTES.value);
    /// Nobody of this id.
    UserUnknown = "user_unknown", NOT_FOUND,
        "no events of this user are stored", "没有该用户的事件";
    /// Nothing of this id.
    ItemUnknown = "item_unknown", NOT_FOUND,
        "this item is not known", "没有此商品";
    /// Nothing was trained yet.
    ModelMissing = "model_missing", CONFLICT,
        "this shop has no trained model yet; run `dongcha train`",
        "该店铺尚无已训练的模型；请运行 `dongcha train`";
    /// No model of this version.
    ModelUnknown = "model_unknown", NOT_FOUND,
        "there is no model of this version; see /v1/models", "没有此版本的模型；请参阅 /v1/models";
    /// The model may not serve.
    ModelUnfit = "model_unfit", CONFLICT,
        "this version did not pass the checks before serving and the one that serves stays; the \
         server's log says why; train again",
        "此版本未通过上线前检查，仍由原模型服务；原因见服务器日志；请重新训练";
    /// A fault of ours.
    Internal = "internal", INTERNAL_SERVER_ERROR,
        "the server failed; its log says why", "服务器出错；原因见服务器日志";
    /// Too much is going on.
    Busy = "busy", SERVICE_UNAVAILABLE,
        "too many requests wait; send this one again in a moment",
        "等待的请求过多；请稍后重试";
    /// No space is left.
    DiskFull = "disk_full", SERVICE_UNAVAILABLE,
        "no space is left on the disk and nothing of this was stored; send it again later",
        "磁盘已满，本次内容未保存；请稍后重新发送";
    /// Storage failed.
    StorageUnavailable = "storage_unavailable", SERVICE_UNAVAILABLE,
        "storage failed and nothing of this was stored; send it again later",
        "存储出错，本次内容未保存；请稍后重新发送";
    /// The server is going down.
    Stopping = "stopping", SERVICE_UNAVAILABLE,
        "the server is stopping; send this again in a moment", "服务正在停止；请稍后重试";
}

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Why.
    pub code: Code,
    /// Which parameter or field, where it is one.
    pub path: Option<String>,
    /// What to do, where more can be said than the code says.
    pub advice: Option<Box<Bilingual>>,
}

/// The body of a refusal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// What is wrong.
    error: ProblemError,
}

/// What is wrong with a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"code": "key_missing", "message": {"en": "…", "zh": "…"}, "path": null}))]
pub(crate) struct ProblemError {
    /// Stable code.
    code: &'static str,
    /// What is wrong and what to do.
    message: Text,
    /// Which parameter or field, where it is one.
    path: Option<String>,
}

/// Seconds after which a client should try again.
const RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("2");

impl Problem {
    /// A refused parameter.
    pub fn query(path: &str) -> Self {
        Self { code: Code::QueryInvalid, path: Some(path.to_owned()), advice: None }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, path: None, advice: None }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let message = self.advice.map_or_else(|| self.code.advice(), |advice| *advice).into();
        let error = ProblemError { code: self.code.as_str(), message, path: self.path };
        let mut response = (self.code.status(), Json(ProblemBody { error })).into_response();
        let headers = response.headers_mut();
        match self.code.status() {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER_S);
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}

impl From<ServeError> for Problem {
    fn from(error: ServeError) -> Self {
        if let ServeError::Parameter { parameter, advice, .. } = error {
            return Self { advice: Some(advice), ..Self::query(&parameter) };
        }
        let code = match &error {
            ServeError::NoModel { .. } => Code::ModelMissing,
            ServeError::NoVersion { .. } => Code::ModelUnknown,
            ServeError::Unfit { .. } => {
                tracing::error!(%error, "a model may not serve");
                Code::ModelUnfit
            }
            ServeError::Lake(error) => code_of(error),
            _ => Code::Internal,
        };
        if code.status().is_server_error() {
            tracing::error!(code = code.as_str(), %error, "a request failed");
        }
        code.into()
    }
}

fn code_of(error: &LakeError) -> Code {
    match error {
        LakeError::DiskFull { .. } => Code::DiskFull,
        LakeError::Busy => Code::Busy,
        LakeError::Closed => Code::Stopping,
        LakeError::SiteUnknown(_) => Code::Internal,
        _ => Code::StorageUnavailable,
    }
}

impl From<QueryRejection> for Problem {
    /// The rejection's own text may repeat what was sent, so only its kind is told.
    fn from(_: QueryRejection) -> Self {
        Code::QueryInvalid.into()
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::query("id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_speak_both_languages() {
        let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert!(!code.advice().en.is_empty() && !code.advice().zh.is_ascii());
        }
    }

    #[test]
    fn storage_failures_are_never_a_success_and_say_when_to_retry() {
        let full = LakeError::DiskFull { path: "x".into() };
        for error in [full, LakeError::Busy, LakeError::Closed] {
            let response = Problem::from(ServeError::from(error)).into_response();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(response.headers().contains_key(header::RETRY_AFTER));
        }
    }
}
