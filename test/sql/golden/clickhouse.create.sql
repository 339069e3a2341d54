-- Columns are not nullable unless Nullable; the sorting key must not be.
-- https://clickhouse.com/docs/engines/table-engines/mergetree-family/mergetree

CREATE TABLE `shop`.`orders` (
  `order_id` String,
  `ordered_at` DateTime64(6, 'UTC'),
  `note` Nullable(String),
  `total` Nullable(Decimal(38, 9)),
  `items` Nullable(Int64),
  `tags` Nullable(String),
  `gift` Nullable(Bool),
  `due_on` Nullable(Date32),
  `select` Nullable(String),
  `__proto__` Nullable(String),
  `we"ird \`na\\me'); DROP TABLE x; --` Nullable(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(`ordered_at`)
ORDER BY `ordered_at`;
