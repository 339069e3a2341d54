-- CSVWithNames maps by header; unknown columns are skipped, missing ones get their default.
-- https://clickhouse.com/docs/interfaces/formats/CSVWithNames
-- A named collection has the keys; the other arguments go by name.
-- https://clickhouse.com/docs/operations/named-collections
-- format_csv_null_representation is \N by default.
-- input_format_csv_empty_as_default: an unquoted empty field is the default, NULL for Nullable.
-- https://clickhouse.com/docs/operations/settings/formats
-- insert_null_as_default: a NULL for a column that has none is the default of the column, unless 0.
-- https://clickhouse.com/docs/operations/settings/settings#insert_null_as_default
-- use_hive_partitioning: folders dt=… are a column dt, which goes before that of the file, unless 0.
-- https://clickhouse.com/docs/operations/settings/settings#use_hive_partitioning

INSERT INTO `shop`.`orders` (
  `order_id`,
  `ordered_at`,
  `note`,
  `total`,
  `items`,
  `tags`,
  `gift`,
  `due_on`,
  `select`,
  `__proto__`,
  `we"ird \`na\\me'); DROP TABLE x; --`
)
SELECT
  `order_id`,
  `ordered_at`,
  `note`,
  `total`,
  `items`,
  `tags`,
  `gift`,
  toDate32(`due_on`) + throwIf(ifNull(toString(toDate32(`due_on`)) != `due_on`, 0), 'column due_on: Date32 has the days from 1900-01-01 to 2299-12-31'),
  `select`,
  `__proto__`,
  `we"ird \`na\\me'); DROP TABLE x; --`
FROM s3(
  `acme.reader`,
  url = 's3://bucket/it\'s/orders/dt=2026-03-07/*.csv.gz',
  format = 'CSVWithNames',
  structure = '`order_id` Nullable(String), `ordered_at` Nullable(DateTime64(6, \'UTC\')), `note` Nullable(String), `total` Nullable(Decimal(38, 9)), `items` Nullable(Int64), `tags` Nullable(String), `gift` Nullable(Bool), `due_on` Nullable(String), `select` Nullable(String), `__proto__` Nullable(String), `we"ird \\`na\\\\me\'); DROP TABLE x; --` Nullable(String)',
  compression_method = 'gzip'
)
SETTINGS
  input_format_with_names_use_header = 1,
  input_format_skip_unknown_fields = 1,
  format_csv_null_representation = '',
  input_format_csv_empty_as_default = 1,
  insert_null_as_default = 0,
  use_hive_partitioning = 0,
  input_format_csv_trim_whitespaces = 0,
  format_csv_allow_single_quotes = 0,
  date_time_input_format = 'best_effort';
