-- COPY: HEADER MATCH compares names; NULL '' is the unquoted empty field; ENCODING, as sessions have one of their own.
-- https://www.postgresql.org/docs/current/sql-copy.html

-- STDIN takes one file at a time, unzipped: s3://bucket/it's/orders/dt=YYYY-MM-DD/orders_YYYY-MM-DD.csv.gz
-- A file with added columns is refused: name its columns (option published or columns), or extend dataset and table first.
COPY "shop"."orders" (
  "order_id",
  "ordered_at",
  "note",
  "total",
  "items",
  "tags",
  "gift",
  "due_on",
  "select",
  "__proto__",
  "we""ird `na\me'); DROP TABLE x; --"
) FROM STDIN WITH (FORMAT csv, HEADER match, NULL '', ENCODING 'UTF8');
