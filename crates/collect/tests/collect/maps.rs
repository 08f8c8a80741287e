//! Every shipped map on a small file of its layout; rows are invented.

use collect::{Found, detect};
use event::{Data, LineKind, RefusalCode, StockChange};

use crate::memory_lake::{MemoryLake, import_text, job, run, write};

fn header(text: &str) -> Vec<String> {
    text.split([',', ';']).map(str::to_owned).collect()
}

#[test]
fn the_map_is_found_by_the_header() {
    for (columns, want) in [
        (
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
            Some("online-retail"),
        ),
        (
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            Some("online-retail"),
        ),
        (
            "year;month;day;order;country;session ID;page 1 (main category);\
          page 2 (clothing model);colour;location;model photography;price;price 2;page",
            Some("eshop-clicks"),
        ),
        (
            "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,\
          user_session",
            Some("rees46"),
        ),
        ("timestamp,visitorid,event,itemid,transactionid", Some("retailrocket")),
        ("userId,movieId,rating,timestamp", Some("movielens")),
        ("user_id:token;item_id:token;rating:float;timestamp:float", Some("movielens")),
        ("Order Date,Customer ID,Product ID,Unit Price", Some("generic")),
        ("用户ID,商品ID,时间", Some("generic")),
        ("a,b,c", None),
    ] {
        let found = detect(&header(columns)).map(|map| map.name);
        assert_eq!(found.as_deref(), want, "{columns}");
    }
}

const GIFTS: &str = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
500001,85123A, WHITE  HEART ,6,2010-07-01 08:26:00,2.55,17850.0,United Kingdom
500001,POST,POSTAGE,1,2010-07-01 08:25:00,18.0,17850.0,United Kingdom
500001,85123a,WHITE HEART,6,2010-07-01 08:26:00,2.55,17850.0,United Kingdom
500001,85123A, WHITE  HEART ,6,2010-07-01 08:26:00,2.55,17850.0,United Kingdom
500001,22139,RETRO TEA SET,1,2010-07-01 08:26:00,0.0,17850.0,United Kingdom
C500002,85123A,WHITE HEART,-2,2010-07-02 09:00:00,2.55,17850.0,United Kingdom
500003,22139,damaged?,-7,2010-07-02 10:00:00,0.0,,United Kingdom
500004,22139,found,3,2010-07-02 10:00:00,0.0,,United Kingdom
500005,PADS,PADS TO MATCH,1,2010-12-02 10:00:00,0.001,0,EIRE
A500006,B,Adjust bad debt,1,2010-12-02 10:00:00,-53594.36,,United Kingdom
C500007,M,Manual,1,2010-12-02 10:00:00,373.57,,United Kingdom
";

#[test]
fn online_retail_lines_become_what_they_are() {
    let (lake, summary) = import_text("gifts.csv", GIFTS);
    let total = &summary.total;
    assert_eq!((total.rows.received, total.rows.stored, total.rows.quarantined), (11, 9, 2));
    let purchases = lake.of_type("purchase");
    let Data::Purchase { order_id, currency, total_minor, lines, .. } = &purchases[0].data else {
        panic!("{:?}", purchases[0]);
    };
    assert_eq!((order_id.as_str(), currency.as_str()), ("500001", "GBP"));
    assert_eq!(*total_minor, 3 * 6 * 255 + 1800);
    let items: Vec<_> = lines.iter().map(|l| (l.item_id.as_str(), l.qty)).collect();
    assert_eq!(items, [("22139", 1), ("85123A", 6), ("85123A", 6), ("85123A", 6), ("POST", 1)]);
    assert_eq!(lines[4].kind, LineKind::Shipping);
    assert_eq!(purchases[0].clocks.ts_text(), "2010-07-01T08:25:00.000+01:00");
    assert_eq!(purchases[0].user_id.as_ref().unwrap().as_str(), "17850");
    assert_eq!(purchases[0].id.as_str(), "order:500001");
    let place = purchases[0].ctx.place.clone().unwrap();
    assert_eq!(place.country.as_deref(), Some("United Kingdom"));
    assert_eq!(purchases[1].anon_id.as_ref().unwrap().as_str(), "order-500005");
    let refund = &lake.of_type("refund")[0].data;
    let Data::Refund { order_id, amount_minor, lines, .. } = refund else { panic!() };
    assert_eq!((order_id.as_str(), *amount_minor, lines[0].qty), ("C500002", 510, 2));
    let stock: Vec<_> = lake.of_type("stock").into_iter().map(|e| e.data.clone()).collect();
    assert!(stock.iter().any(|d| matches!(d,
        Data::Stock { change: StockChange::Delta(-7), reason: Some(why), .. }
            if why == "damaged?")));
    assert!(stock.iter().any(|d| matches!(d, Data::Stock { change: StockChange::Delta(3), .. })));
    let codes: Vec<_> = lake.aside.iter().map(|(r, _)| r.code).collect();
    assert_eq!(codes, [RefusalCode::AmountNegative, RefusalCode::QuantityInvalid]);
    for (found, want) in [
        (Found::RefundLines, 1),
        (Found::AnonymousOrders, 1),
        (Found::AnonymousRows, 3),
        (Found::StockCorrections, 2),
        (Found::FreeLines, 1),
        (Found::NonProductLines, 1),
        (Found::RepeatedLines, 1),
        (Found::PricesRounded, 1),
    ] {
        assert_eq!(total.found[&found].stored, want, "{found:?}");
    }
    assert_eq!(total.codes["shipping:POST"].received, 1);
    let title = |id: &str| {
        lake.events.iter().find_map(|e| match &e.data {
            Data::Item { item_id, title, price_minor, .. } if item_id.as_str() == id => {
                Some((title.clone(), *price_minor))
            }
            _ => None,
        })
    };
    assert_eq!(title("85123A"), Some((Some("WHITE HEART".to_owned()), Some(255))));
    assert_eq!(title("22139"), None, "a note is no title");
}

#[test]
fn both_years_tell_the_same_order_alike() {
    let first = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n\
        600001,A,ALPHA,1,2010-12-01 08:00:00,1.25,17850.0,United Kingdom\n\
        600001,B,nan,2,2010-12-01 08:01:00,0.0,17850.0,United Kingdom\n\
        600002,B,nan,5,2010-12-01 09:00:00,0.0,,United Kingdom\n";
    let header =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
    let second = format!(
        "{header}\n\
        600001,B,Missing_Description,2,2010-12-01 08:01:00,0,17850,United Kingdom\n\
        600002,B,Missing_Description,5,2010-12-01 09:00:00,0.0,0,United Kingdom\n\
        600001,A,ALPHA,1,2010-12-01 08:00:00,1.25,17850,United Kingdom\n"
    );
    let third = format!(
        "{header}\n\
        600001,A,ALPHA,1,12/1/2010 8:00,1.25,17850,United Kingdom\n\
        600001,B,,2,12/1/2010 8:01,0.00,17850,United Kingdom\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let one = write(folder.path(), "1.csv", first);
    let two = write(folder.path(), "2.csv", second);
    let mut lake = MemoryLake::default();
    let summary = run(&job(&[&one, &two], None), &mut lake).unwrap();
    assert_eq!(summary.files[0].tally.rows.stored, 3);
    assert_eq!(summary.files[1].tally.rows.duplicate, 3, "{:?}", lake.aside);
    let three = write(folder.path(), "3.csv", third);
    let summary = run(&job(&[&three], None), &mut lake).unwrap();
    assert_eq!(summary.total.events["purchase"].duplicate, 1, "month first is read too");
}

#[test]
fn eshop_clicks_become_views_of_a_session() {
    let (lake, summary) = import_text(
        "clicks.csv",
        "year;month;day;order;country;session ID;page 1 (main category);page 2 (clothing model);\
         colour;location;model photography;price;price 2;page\r\n\
         2008;4;1;1;29;7;1;A13;1;5;1;28;2;1\r\n2008;7;1;2;29;7;2;B4;10;2;2;52;1;1\r\n",
    );
    assert_eq!(summary.total.rows.stored, 2);
    let views = lake.of_type("view");
    let Data::View { item_id, price_minor, currency, areas, .. } = &views[0].data else { panic!() };
    assert_eq!((item_id.as_str(), *price_minor), ("A13", Some(2800)));
    assert_eq!(currency.unwrap().as_str(), "USD");
    assert_eq!((areas[0].area.as_str(), areas[0].clicks), ("bottom-middle", 1));
    assert_eq!(views[0].clocks.ts_text(), "2008-04-01T12:00:01.000+02:00");
    assert_eq!(views[0].anon_id.as_ref().unwrap().as_str(), "s-7");
    assert_eq!(views[0].session_id.as_ref().unwrap().as_str(), "7");
    assert_eq!((views[0].seq, views[1].seq), (1, 2));
    let item = lake.of_type("item")[0].to_json();
    assert_eq!(item["data"]["title"], "Trousers A13");
    assert_eq!(item["data"]["category"][0], "Trousers");
    assert_eq!(item["data"]["attrs"]["colour"], "beige");
    assert_eq!(views[0].ctx.place.as_ref().unwrap().country.as_deref(), Some("Poland"));
    assert_eq!(summary.files[0].unused_columns, [""; 0]);
}

#[test]
fn clothing_reviews_keep_their_words() {
    let (lake, summary) = import_text(
        "reviews.csv",
        ",Clothing ID,Age,Title,Review Text,Rating,Recommended IND,Positive Feedback Count,\
         Division Name,Department Name,Class Name\n\
         0,767,33,,\"Soft,\r\nand \"\"warm\"\"\",4,1,0,Initmates,Intimate,Intimates\n\
         1,0,34,Null,null,5,1,4,,,\n",
    );
    assert_eq!(summary.total.rows.stored, 2);
    let reviews = lake.of_type("review");
    let Data::Review { review_id, item_id, rating, title, text, .. } = &reviews[0].data else {
        panic!()
    };
    assert_eq!((review_id.as_str(), item_id.as_str()), ("0", "767"));
    assert_eq!(rating.map(|r| (r.value, r.max)), Some((4.0, 5.0)));
    assert_eq!((title.as_deref(), text.as_deref()), (None, Some("Soft,\r\nand \"warm\"")));
    assert_eq!(reviews[0].clocks.ts_text(), "2018-02-04T00:00:00.000+00:00");
    assert_eq!(reviews[0].anon_id.as_ref().unwrap().as_str(), "review-0");
    assert!(matches!(&reviews[1].data, Data::Review { text: Some(t), .. } if t == "null"));
    let item =
        lake.of_type("item").into_iter().find(|e| e.data.item_id().unwrap().as_str() == "767");
    assert_eq!(item.unwrap().to_json()["data"]["title"], "Intimates 767");
    assert_eq!(
        summary.files[0].unused_columns,
        ["Age", "Recommended IND", "Positive Feedback Count"]
    );
}

#[test]
fn taobao_needs_no_header() {
    let text = "1,2268318,2520377,pv,1511544070\n1,2268318,2520377,fav,1511561733\n\
                1,2268318,2520377,cart,1511572885\n2,3830808,4181361,buy,1511593493\n";
    let (lake, summary) = import_text("UserBehavior.csv", text);
    assert_eq!(summary.files[0].map.as_deref(), Some("taobao-userbehavior"));
    assert_eq!(summary.total.rows.stored, 4);
    let types: Vec<_> = lake.events.iter().map(|e| e.data.type_name()).collect();
    assert_eq!(types[..4], ["view", "custom", "cart", "purchase"]);
    assert_eq!(lake.events[0].clocks.ts_text(), "2017-11-25T01:21:10.000+08:00");
    assert!(matches!(&lake.events[1].data, Data::Custom { name, .. } if name == "favourite"));
    assert!(matches!(&lake.events[3].data, Data::Purchase { total_minor: 0, .. }));
}

#[test]
fn rees46_rows_carry_price_session_and_category() {
    let (lake, summary) = import_text(
        "rees46.csv",
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,\
         user_session\n\
         2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,72d7\n\
         2019-10-01 00:00:01 UTC,cart,3900821,2053,kitchen.kettle,aqua,33.20,554748717,9333\n\
         2019-10-01 00:00:02 UTC,remove_from_cart,3900821,2053,kitchen.kettle,aqua,33.20,\
         554748717,9333\n\
         2019-10-01 00:00:04 UTC,purchase,3900821,2053,kitchen.kettle,aqua,33.20,554748717,9333\n",
    );
    assert_eq!(summary.total.rows.stored, 4);
    let cart = lake.of_type("cart");
    assert_eq!(cart[1].to_json()["data"]["op"], "remove");
    assert_eq!(cart[0].to_json()["data"]["lines"][0]["unit_price_minor"], 3320);
    let bought = &lake.of_type("purchase")[0];
    assert!(matches!(&bought.data, Data::Purchase { total_minor: 3320, .. }));
    assert_eq!(bought.session_id.as_ref().unwrap().as_str(), "9333");
    let item = lake.of_type("item")[0].to_json();
    assert_eq!(item["data"]["category"][1], "kettle");
    assert_eq!(item["data"]["attrs"]["brand"], "aqua");
}

#[test]
fn retailrocket_rows_of_a_transaction_are_one_order() {
    let (lake, summary) = import_text(
        "events.csv",
        "timestamp,visitorid,event,itemid,transactionid\n\
         1433221332117,257597,view,355908,\n1433221999827,111016,addtocart,318965,\n\
         1433222276276,599528,transaction,356475,4000\n1433222277000,599528,view,1,\n\
         1433222276276,599528,transaction,15335,4000\n",
    );
    assert_eq!(summary.total.rows.stored, 5);
    let orders = lake.of_type("purchase");
    assert_eq!((orders.len(), orders[0].data.lines().len()), (1, 2));
    assert_eq!(orders[0].user_id.as_ref().unwrap().as_str(), "599528");
}

#[test]
fn movielens_comes_in_three_spellings() {
    for (name, text) in [
        (
            "ratings.csv",
            "userId,movieId,rating,timestamp\n1,296,5.0,1147880044\n1,306,3.5,1147868817\n",
        ),
        ("ratings.dat", "1::296::5::1147880044\n1::306::3.5::1147868817\n"),
        ("u.data", "1\t296\t5\t1147880044\n1\t306\t3.5\t1147868817\n"),
        (
            "ml.inter",
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n\
                      1\t296\t5\t1147880044\n1\t306\t3.5\t1147868817\n",
        ),
    ] {
        let (lake, summary) = import_text(name, text);
        assert_eq!(summary.files[0].map.as_deref(), Some("movielens"), "{name}");
        assert_eq!(summary.total.rows.stored, 2, "{name}");
        let review = lake.of_type("review")[1].to_json();
        assert_eq!(review["data"]["rating"]["value"], 3.5);
        assert_eq!(review["ts"], "2006-05-17T12:26:57.000+00:00");
    }
}

#[test]
fn a_newcomers_table_just_works() {
    let (lake, summary) = import_text(
        "mine.csv",
        "Order ID,Customer ID,Product ID,Product Name,Category,Unit Price,Quantity,Order Date,X\n\
         7,c1,p1,Teapot,Kitchen > Tea,12.50,2,2024-03-31 02:30:00,-\n\
         8,c2,p2,Cup,Kitchen > Tea,3.00,1,2024-04-01,-\n\
         7,c1,p2,Cup,Kitchen > Tea,3.00,4,2024-03-31 02:30:00,-\n\
         8,c2,p2,Cup,Kitchen > Tea,3.00,-1,2024-04-02,-\n",
    );
    assert_eq!(summary.files[0].map.as_deref(), Some("generic"));
    assert_eq!(summary.files[0].unused_columns, ["X"]);
    let orders = lake.of_type("purchase");
    assert!(matches!(&orders[0].data, Data::Purchase { total_minor: 3700, .. }));
    assert_eq!(orders[0].clocks.ts_text(), "2024-03-31T03:30:00.000+02:00", "a skipped hour");
    assert!(matches!(&lake.of_type("refund")[0].data, Data::Refund { amount_minor: 300, .. }));
    let (lake, _) = import_text("看.csv", "用户,商品,时间,行为\n甲,茶壶,2024-01-01 10:00,浏览\n");
    assert_eq!(lake.of_type("view").len(), 1);
    let (lake, _) = import_text("r.csv", "user,item,rating,time\nu,i,4,2024-01-01\n");
    assert_eq!(lake.of_type("review").len(), 1);
}

#[test]
fn copies_of_a_row_count_as_the_map_says() {
    let map = |repeats: &str| {
        let text = format!(
            "name='c'\nlayout='orders'\nrepeats='{repeats}'\n[columns]\norder='o'\nitem='i'\n\
             qty='q'\nprice='p'\ntime='t'\nuser='u'"
        );
        collect::ColumnMap::from_toml(&text, "c").unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let rows = "o,u,i,q,p,t\n1,u,a,1,2.00,2020-01-01\n1,u,a,1,2.00,2020-01-01\n";
    let path = write(folder.path(), "c.csv", rows);
    for (repeats, total, duplicate) in [("keep", 400, 0), ("drop", 200, 1)] {
        let mut lake = MemoryLake::default();
        let summary = run(&job(&[&path], Some(map(repeats))), &mut lake).unwrap();
        assert_eq!(summary.total.rows.duplicate, duplicate, "{repeats}");
        assert_eq!(summary.total.found[&Found::RepeatedLines].received, 1);
        let Data::Purchase { total_minor, .. } = lake.of_type("purchase")[0].data else { panic!() };
        assert_eq!(total_minor, total);
    }
}

#[test]
fn rows_with_an_id_of_their_own_are_known_by_it() {
    let map = "name='m'\nlayout='rows'\n[columns]\nid='id'\nuser='u'\nitem='i'\ntime='t'\n\
               event='e'\n[events]\npv='view'\nbuy='purchase'";
    let map = collect::ColumnMap::from_toml(map, "m").unwrap();
    let alike = |ids: &[&str], event: &str| -> String {
        ids.iter().map(|id| format!("{id},u,a,2020-01-01,{event}\n")).collect()
    };
    // Seven rows that say the same twice over: two views, two purchases, and one view without id.
    let text = format!(
        "id,u,i,t,e\n{}{}",
        alike(&["1", "2", "1", "", ""], "pv"),
        alike(&["3", "4"], "buy")
    );
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "m.csv", text);
    let mut lake = MemoryLake::default();
    let summary = run(&job(&[&path], Some(map)), &mut lake).unwrap();
    assert_eq!(lake.of_type("view").len(), 3);
    assert_eq!(lake.of_type("purchase").len(), 2);
    assert_eq!(summary.total.rows.duplicate, 2);
}

#[test]
fn order_lines_with_an_id_of_their_own_are_known_by_it() {
    let map = "name='m'\nlayout='orders'\nrepeats='keep'\n[columns]\nid='id'\norder='o'\n\
               user='u'\nitem='i'\ntime='t'\nqty='n'\nprice='p'\ncurrency='c'";
    let map = collect::ColumnMap::from_toml(map, "m").unwrap();
    let line = |id: &str| format!("{id},o1,u,a,2020-01-01,1,2.50,EUR\n");
    // Five lines that say the same: one told twice, one told once, and two without an id.
    let text = format!("id,o,u,i,t,n,p,c\n{}", ["1", "2", "1", "", ""].map(line).concat());
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "m.csv", text);
    let mut lake = MemoryLake::default();
    let summary = run(&job(&[&path], Some(map)), &mut lake).unwrap();
    let orders = lake.of_type("purchase");
    assert_eq!(orders.len(), 1);
    let Data::Purchase { lines, .. } = &orders[0].data else { panic!() };
    assert_eq!(lines.len(), 4);
    assert_eq!(summary.total.rows.duplicate, 1);
}

#[test]
fn an_order_with_two_currencies_is_set_aside() {
    let (lake, summary) = import_text(
        "two.csv",
        "order,user,item,time,qty,price,currency\n\
         o,u,a,2020-01-01,1,2,EUR\no,u,b,2020-01-01,1,2,USD\n",
    );
    assert_eq!(summary.total.rows.quarantined, 2);
    assert_eq!(lake.aside[0].0.code, RefusalCode::AmountInvalid);
}

#[test]
fn a_line_after_its_order_was_closed_is_a_conflict_not_a_loss() {
    let map = "name='w'\nlayout='orders'\n[columns]\norder='o'\nitem='i'\nqty='q'\nprice='p'\n\
               time='t'\nuser='u'\n[orders]\nwindow_rows=10";
    let map = collect::ColumnMap::from_toml(map, "w").unwrap();
    let mut text = "o,u,i,q,p,t\n1,u,a,1,2.00,2020-01-01\n".to_owned();
    for i in 2..60 {
        text.push_str(&format!("{i},u,a,1,2.00,2020-01-01\n"));
    }
    text.push_str("1,u,b,1,2.00,2020-01-01\n59,u,b,1,2.00,2020-01-01\n");
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "w.csv", text);
    let mut lake = MemoryLake::default();
    let summary = run(&job(&[&path], Some(map)), &mut lake).unwrap();
    assert_eq!((summary.total.rows.stored, summary.total.rows.quarantined), (60, 1));
    assert_eq!(lake.aside[0].0.code, RefusalCode::OrderConflict);
}
