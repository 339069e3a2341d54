-- header, multiLine, escape, nullValue, emptyValue, enforceSchema, mode, timestampFormat.
-- https://spark.apache.org/docs/latest/sql-data-sources-csv.html

CREATE TABLE `shop`.`orders` (
  `order_id` STRING,
  `ordered_at` TIMESTAMP,
  `note` STRING,
  `total` DECIMAL(38, 9),
  `items` BIGINT,
  `tags` STRING,
  `gift` BOOLEAN,
  `due_on` DATE,
  `select` STRING,
  `__proto__` STRING,
  `we"ird ``na\me'); DROP TABLE x; --` STRING,
  `dt` DATE
)
USING csv
OPTIONS (
  header 'true',
  enforceSchema 'true',
  mode 'PERMISSIVE',
  encoding 'UTF-8',
  multiLine 'true',
  sep ',',
  quote '"',
  escape '"',
  nullValue '\u0000',
  emptyValue '',
  ignoreLeadingWhiteSpace 'false',
  ignoreTrailingWhiteSpace 'false',
  dateFormat 'yyyy-MM-dd',
  timestampFormat 'yyyy-MM-dd\'T\'HH:mm:ss[.SSSSSS][.SSS][XXX][XX]'
)
PARTITIONED BY (`dt`)
LOCATION 's3://bucket/it\'s/orders/';
