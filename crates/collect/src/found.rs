//! What the map recognised in the rows, counted by name.

use event::{Bilingual, LineKind};
use serde::{Serialize, Serializer};

macro_rules! found {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $en:literal, $zh:literal;)*) => {
        /// Something worth telling about rows that were read.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Found { $($(#[$doc])* $name),* }

        impl Found {
            /// Every name.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in JSON.
            pub fn as_str(&self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The name for people.
            pub fn label(&self) -> Bilingual {
                match self { $(Self::$name => Bilingual::new($en, $zh)),* }
            }
        }
    };
}

found! {
    /// Lines of credit notes.
    RefundLines = "refund_lines",
        "lines of cancellations and returns (refunds)", "取消和退货明细（退款）";
    /// Purchases without a person.
    AnonymousOrders = "anonymous_orders",
        "purchases without a customer, charges included", "无顾客信息的购买（含杂费）";
    /// Rows without a person.
    AnonymousRows = "anonymous_rows",
        "rows without a customer", "无顾客信息的行";
    /// Lines that correct stock.
    StockCorrections = "stock_corrections",
        "stock corrections (quantity below zero, or free without a customer)",
        "库存更正（数量为负，或免费且无顾客）";
    /// Lines that cost nothing.
    FreeLines = "free_lines",
        "free lines of an order", "订单中的免费明细";
    /// Lines that are no goods.
    NonProductLines = "non_product_lines",
        "lines that are no products (postage, fees, vouchers, manual)",
        "非商品明细（邮费、手续费、礼券、手工）";
    /// Exact copies of an earlier line of the same order.
    RepeatedLines = "repeated_lines",
        "lines equal to an earlier line of their order",
        "与同一订单中先前明细相同的行";
    /// Prices with digits beyond the minor unit.
    PricesRounded = "prices_rounded",
        "prices rounded to the minor unit of the currency",
        "四舍五入到货币最小单位的价格";
}

impl Serialize for Found {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

/// Counts of one event's rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    counts: [u32; Found::ALL.len()],
    /// Lines that are no goods, by kind and code.
    pub codes: Vec<(LineKind, String)>,
}

impl Notes {
    /// One more of these.
    pub fn add(&mut self, found: Found) {
        self.counts[found as usize] += 1;
    }

    /// A line that is no goods.
    pub fn add_code(&mut self, kind: LineKind, code: &str) {
        self.add(Found::NonProductLines);
        self.codes.push((kind, code.to_owned()));
    }

    /// Names and counts above zero.
    pub fn counts(&self) -> impl Iterator<Item = (Found, u64)> + '_ {
        let counts = Found::ALL.iter().zip(self.counts);
        counts.filter(|(_, n)| *n > 0).map(|(found, n)| (*found, u64::from(n)))
    }
}
