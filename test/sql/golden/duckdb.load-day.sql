-- read_csv: auto_detect, comment, nullstr, allow_quoted_nulls, all_varchar, union_by_name, compression, lists of files.
-- https://duckdb.org/docs/stable/data/csv/overview

INSERT INTO "shop"."orders" BY NAME
SELECT
  CAST("order_id" AS VARCHAR) AS "order_id",
  CAST("ordered_at" AS TIMESTAMPTZ) AS "ordered_at",
  CAST("note" AS VARCHAR) AS "note",
  CAST("total" AS DECIMAL(38, 9)) AS "total",
  CAST("items" AS BIGINT) AS "items",
  CAST("tags" AS JSON) AS "tags",
  CAST("gift" AS BOOLEAN) AS "gift",
  CAST("due_on" AS DATE) AS "due_on",
  CAST("select" AS VARCHAR) AS "select",
  CAST("__proto__" AS VARCHAR) AS "__proto__",
  CAST("we""ird `na\me'); DROP TABLE x; --" AS VARCHAR) AS "we""ird `na\me'); DROP TABLE x; --"
FROM (
  SELECT
    CAST(NULL AS VARCHAR) AS "order_id",
    CAST(NULL AS VARCHAR) AS "ordered_at",
    CAST(NULL AS VARCHAR) AS "note",
    CAST(NULL AS VARCHAR) AS "total",
    CAST(NULL AS VARCHAR) AS "items",
    CAST(NULL AS VARCHAR) AS "tags",
    CAST(NULL AS VARCHAR) AS "gift",
    CAST(NULL AS VARCHAR) AS "due_on",
    CAST(NULL AS VARCHAR) AS "select",
    CAST(NULL AS VARCHAR) AS "__proto__",
    CAST(NULL AS VARCHAR) AS "we""ird `na\me'); DROP TABLE x; --"
  WHERE false
  UNION ALL BY NAME
  SELECT *
  FROM read_csv(
    's3://bucket/it''s/orders/dt=2026-03-07/*.csv.gz',
    auto_detect = false,
    compression = 'gzip',
    comment = '',
    skip = 0,
    header = true,
    delim = ',',
    quote = '"',
    escape = '"',
    nullstr = '',
    allow_quoted_nulls = false,
    all_varchar = true,
    union_by_name = true,
    hive_partitioning = false
  )
);
