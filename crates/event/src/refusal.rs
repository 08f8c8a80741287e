//! Why an event was not accepted: a stable code, where, and what to do, in both languages.

use serde::Serialize;

use crate::Bilingual;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $en:literal, $zh:literal;)*) => {
        /// A stable reason for quarantine. The text never changes meaning between versions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RefusalCode { $($(#[$doc])* $name),* }

        impl RefusalCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it stands in answers, tables and documentation.
            pub fn as_str(&self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// What is wrong and what to do.
            pub fn advice(&self) -> Bilingual {
                match self { $(Self::$name => Bilingual::new($en, $zh)),* }
            }
        }
    };
}

codes! {
    /// The text is not JSON.
    JsonInvalid = "json_invalid",
        "not valid JSON; check quotes, commas and encoding (UTF-8)",
        "不是合法的 JSON；请检查引号、逗号和编码（UTF-8）";
    /// The JSON is not an object.
    NotAnObject = "not_an_object",
        "an event is one JSON object", "一个事件应是一个 JSON 对象";
    /// Nested too deeply.
    TooDeep = "too_deep",
        "nested too deeply; send scalars, not documents", "嵌套过深；请发送标量而非文档";
    /// Too large.
    EventTooLarge = "event_too_large",
        "larger than an event may be; see the limits", "超过单个事件的大小上限；请参阅限制说明";
    /// Unknown schema version.
    VersionUnsupported = "version_unsupported",
        "set v to 1", "请将 v 设为 1";
    /// Unknown event type.
    TypeUnknown = "type_unknown",
        "not an event type; use custom for your own", "未知的事件类型；自定义事件请用 custom";
    /// A required field is absent.
    FieldMissing = "field_missing",
        "this field is required", "缺少必填字段";
    /// A field has the wrong JSON type or an unknown choice.
    FieldType = "field_type",
        "wrong kind of value for this field", "该字段的值类型不正确";
    /// A field this version does not know.
    FieldUnknown = "field_unknown",
        "no such field; check the spelling, or put it in custom props",
        "没有此字段；请检查拼写，或放入 custom 的 props";
    /// A text is too long.
    FieldTooLong = "field_too_long",
        "text longer than this field may be; see the limits", "文本超过该字段的长度上限；请参阅限制说明";
    /// A list is too long.
    ListTooLong = "list_too_long",
        "more entries than allowed; see the limits", "条目数超过上限；请参阅限制说明";
    /// An identifier is malformed.
    IdInvalid = "id_invalid",
        "an id is 1 to 128 bytes without control characters", "标识应为 1 至 128 字节且不含控制字符";
    /// Nobody to file the event under.
    IdentityMissing = "identity_missing",
        "send user_id or anon_id", "请提供 user_id 或 anon_id";
    /// Not a time.
    TimeInvalid = "time_invalid",
        "use a time with a zone such as 2026-11-23T10:15:30+08:00",
        "请使用带时区的时间，例如 2026-11-23T10:15:30+08:00";
    /// Over a day in the future.
    TimeFuture = "time_future",
        "over 24 hours in the future; check the clock and the zone",
        "时间超前 24 小时以上；请检查时钟和时区";
    /// A number outside its range.
    NumberRange = "number_range",
        "number outside the allowed range", "数值超出允许范围";
    /// An amount without a currency.
    CurrencyMissing = "currency_missing",
        "an amount needs a currency (ISO 4217)", "金额需要货币代码（ISO 4217）";
    /// A currency that does not exist.
    CurrencyUnknown = "currency_unknown",
        "not an ISO 4217 currency", "不是 ISO 4217 货币代码";
    /// An amount that cannot be.
    AmountInvalid = "amount_invalid",
        "not an amount of money, or out of range", "不是有效金额，或超出范围";
    /// A negative amount where none can be.
    AmountNegative = "amount_negative",
        "an amount here is never negative; send money going back as a refund",
        "此处金额不能为负；退款请发送 refund 事件";
    /// A quantity that is not positive.
    QuantityInvalid = "quantity_invalid",
        "a quantity is a whole number above zero; send returns as a refund",
        "数量应为正整数；退货请发送 refund 事件";
    /// An order without lines.
    LinesEmpty = "lines_empty",
        "at least one line is required", "至少需要一行明细";
    /// A probability outside (0, 1].
    PropensityInvalid = "propensity_invalid",
        "p is a probability above 0 and at most 1; leave it out if it is not known",
        "p 应为大于 0 且不超过 1 的概率；未知时请省略";
    /// A rating outside its scale.
    RatingInvalid = "rating_invalid",
        "a rating lies between 0 and its max", "评分应在 0 与 max 之间";
    /// This kind of key may not say this.
    KeyForbidden = "key_forbidden",
        "a browser key may not set this; send it from your server with the secret key",
        "浏览器密钥无权设置此项；请用密钥在服务器端发送";
    /// An order number seen before with other content.
    OrderConflict = "order_conflict",
        "this order is stored with other content; correct it with a refund and a new order",
        "该订单号已存有不同内容；请用退款和新订单更正";
    /// An event id seen before with other content.
    EventConflict = "event_conflict",
        "this event id is stored with other content; give every event its own id",
        "该事件 id 已存有不同内容；每个事件应有唯一 id";
    /// A file row with the wrong number of columns.
    RowColumns = "row_columns",
        "the row has another number of columns than the header", "该行的列数与表头不一致";
    /// A file row that is not UTF-8.
    RowEncoding = "row_encoding",
        "the row is not UTF-8 text", "该行不是 UTF-8 文本";
    /// A file row without end.
    RowTooLong = "row_too_long",
        "the row is longer than a line may be; see the limits", "该行超过单行长度上限；请参阅限制说明";
    /// A file value that is not the number it should be.
    ValueNumber = "value_number",
        "not a number; check the column map", "不是数字；请检查列映射";
    /// A file value that is not the time it should be.
    ValueTime = "value_time",
        "not a time in any of the map's formats; add yours to time_formats",
        "不符合列映射中的任何时间格式；请在 time_formats 中添加";
}

/// A refusal of one event: code, place, and what was found there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} at {path}: {}", code.as_str(), code.advice().en)]
pub struct Refusal {
    /// Why.
    pub code: RefusalCode,
    /// Where, as a dotted path such as `data.lines[2].qty`, or a column name.
    pub path: String,
}

impl Refusal {
    /// A refusal at a path.
    pub fn new(code: RefusalCode, path: impl Into<String>) -> Self {
        Self { code, path: path.into() }
    }
}

impl Serialize for RefusalCode {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
