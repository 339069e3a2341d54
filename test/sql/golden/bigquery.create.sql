-- NUMERIC is an exact decimal of 38 digits, 9 of them after the point.
-- https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types

CREATE TABLE `shop`.`orders` (
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
PARTITION BY DATE(`ordered_at`);
