//! What counts as an order, the same as in [`crate::overview`]: a purchase with at least one
//! product sold at a price. Its money is what its products cost; in another currency than the
//! shop's it counts as an order and its money is not added.

use arrow_array::Array;
use event::Currency;
use event::columns::EventColumns;

/// The columns beside those that order rows that [`EventColumns`] borrows.
pub(super) fn columns() -> Vec<&'static str> {
    let order = ["user_key", "time", "seq", "id"];
    event::columns::NAMES.into_iter().filter(|name| !order.contains(name)).collect()
}

/// Whether a row is an order.
pub(super) fn is_order(columns: &EventColumns<'_>, row: usize) -> bool {
    columns.kind.value(row) == "purchase" && columns.lines(row).any(|line| line.is_sale())
}

/// What the products of an order cost, in minor units; 0 in another currency than the shop's.
pub(super) fn goods_minor(columns: &EventColumns<'_>, row: usize, shop: Currency) -> i64 {
    let foreign = columns.currency.is_valid(row) && columns.currency.value(row) != shop.as_str();
    if foreign {
        return 0;
    }
    let goods = columns.lines(row).filter(|line| line.is_product);
    // A line may saturate by itself, and then their sum must not overflow.
    goods.fold(0, |sum, line| sum.saturating_add(line.amount_minor()))
}
