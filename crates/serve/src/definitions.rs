//! What each figure counts, in both languages: one text for the API, the dashboard and reports.

use event::Bilingual;

/// Every figure's name and definition.
pub fn all() -> Vec<(&'static str, Bilingual)> {
    [
        (
            "orders",
            "purchases with at least one product sold at a price; each order number counts once",
            "至少含一件有价商品的购买；每个订单号只计一次",
        ),
        ("anonymous_orders", "orders without a known customer", "没有已知顾客的订单"),
        (
            "buyers",
            "different known customers with at least one order; anonymous orders add nobody",
            "至少有一个订单的不同已知顾客；匿名订单不计入",
        ),
        (
            "revenue_gross",
            "sum of all purchases, products, postage and charges, before refunds",
            "所有购买之和，含商品、邮费与其他费用，未扣退款",
        ),
        ("revenue_goods", "the part of gross revenue that is products", "总收入中的商品部分"),
        (
            "refunds",
            "money given back for cancellations and returns, in the week it was given back",
            "因取消和退货退回的金额，计入退款当周",
        ),
        ("revenue_net", "gross revenue minus refunds", "总收入减去退款"),
        (
            "average_order",
            "products sold divided by orders, both in the shop's currency",
            "商品销售额除以订单数，均按店铺货币计",
        ),
        ("views", "product pages seen", "商品页浏览次数"),
        ("clicks", "clicks recorded", "点击次数"),
        ("carts", "changes of a cart", "购物车变动次数"),
        ("reviews", "reviews received", "收到的评价数"),
    ]
    .into_iter()
    .map(|(name, en, zh)| (name, Bilingual::new(en, zh)))
    .collect()
}
