-- OpenCSVSerDe: every column is a string, no line breaks within a cell, empty numbers are not recognised.
-- https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
-- Partition projection: type date, a range up to NOW, storage.location.template with ${dt}.
-- https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html

CREATE EXTERNAL TABLE `shop`.`orders_csv` (
  `order_id` string,
  `ordered_at` string,
  `note` string,
  `total` string,
  `items` string,
  `tags` string,
  `gift` string,
  `due_on` string,
  `select` string,
  `__proto__` string,
  `we"ird ``na\me'); DROP TABLE x; --` string
)
PARTITIONED BY (`dt` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
WITH SERDEPROPERTIES ('separatorChar' = ',', 'quoteChar' = '"', 'escapeChar' = '\u0001')
STORED AS TEXTFILE
LOCATION 's3://bucket/it\'s/orders/'
TBLPROPERTIES (
  'skip.header.line.count' = '1',
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2020-01-01,NOW',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/it\'s/orders/dt=${dt}/'
);

CREATE OR REPLACE VIEW "shop"."orders" AS
SELECT
  "order_id" AS "order_id",
  from_iso8601_timestamp(NULLIF("ordered_at", '')) AS "ordered_at",
  NULLIF("note", '') AS "note",
  CAST(NULLIF("total", '') AS decimal(38, 9)) AS "total",
  CAST(NULLIF("items", '') AS bigint) AS "items",
  NULLIF("tags", '') AS "tags",
  CAST(NULLIF("gift", '') AS boolean) AS "gift",
  CAST(NULLIF("due_on", '') AS date) AS "due_on",
  NULLIF("select", '') AS "select",
  NULLIF("__proto__", '') AS "__proto__",
  NULLIF("we""ird `na\me'); DROP TABLE x; --", '') AS "we""ird `na\me'); DROP TABLE x; --",
  "dt"
FROM "shop"."orders_csv";
