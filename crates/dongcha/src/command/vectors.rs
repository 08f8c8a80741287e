//! Vectors of items that a shop brings, from a table.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use collect::layout::read_table;
use event::ItemId;

use crate::command::columns::Columns;
use crate::trouble::both;

/// The column of the item.
const ITEM: &str = "item_id";

/// Reads a vector per item: every column but the item's, in the order of the file.
pub fn read(file: &Path) -> Result<BTreeMap<ItemId, Vec<f32>>> {
    let table = Columns(read_table(file)?);
    let ids = table.texts(ITEM)?;
    let columns = table.0.names.iter().filter(|name| *name != ITEM);
    let numbers: Vec<Vec<f64>> =
        columns.map(|name| table.numbers(name)).collect::<Result<_, _>>()?;
    if numbers.is_empty() {
        return Err(both("no column beside item_id holds numbers", "除 item_id 外没有数字列"));
    }
    let one = |(row, id): (usize, &String)| {
        let item = ItemId::new(id).map_err(|_| {
            let row = row + 1;
            both(
                format!("row {row}: `{id}` is no item id"),
                format!("第 {row} 行：`{id}` 不是商品号"),
            )
        })?;
        Ok((item, numbers.iter().map(|column| column[row] as f32).collect()))
    };
    let vectors: BTreeMap<_, _> = ids.iter().enumerate().map(one).collect::<Result<_>>()?;
    if vectors.len() < ids.len() {
        let twice = ids.len() - vectors.len();
        return Err(both(
            format!("{twice} rows name an item that another row names too"),
            format!("有 {twice} 行的商品与其他行重复"),
        ));
    }
    Ok(vectors)
}
