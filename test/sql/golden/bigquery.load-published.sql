-- LOAD DATA: skip_leading_rows, allow_jagged_rows, ignore_unknown_values, source_column_match.
-- preserve_ascii_control_characters keeps U+0000 to U+001F.
-- https://cloud.google.com/bigquery/docs/reference/standard-sql/load-statements
-- Without a list of columns the schema is detected from the data.
-- https://cloud.google.com/bigquery/docs/reference/standard-sql/load-statements#column_list

LOAD DATA INTO `shop`.`orders` (
  `order_id` STRING NOT NULL,
  `ordered_at` TIMESTAMP NOT NULL,
  `note` STRING,
  `total` NUMERIC,
  `items` INT64,
  `tags` JSON,
  `gift` BOOL,
  `due_on` DATE,
  `select` STRING,
  `__proto__` STRING,
  `we"ird \`na\\me'); DROP TABLE x; --` STRING
)
FROM FILES (
  format = 'CSV',
  uris = ['s3://bucket/it\'s/orders/dt=2026-03-07/orders_2026-03-07_part-00000-of-00002.csv', 's3://bucket/it\'s/orders/dt=2026-03-07/orders_2026-03-07_part-00001-of-00002.csv'],
  encoding = 'UTF-8',
  field_delimiter = ',',
  quote = '"',
  skip_leading_rows = 1,
  source_column_match = 'NAME',
  allow_quoted_newlines = TRUE,
  allow_jagged_rows = TRUE,
  preserve_ascii_control_characters = TRUE,
  ignore_unknown_values = TRUE
);
