-- COPY: HEADER MATCH compares names; NULL '' is the unquoted empty field; ENCODING, as sessions have one of their own.
-- https://www.postgresql.org/docs/current/sql-copy.html

-- Run this once for each of these files; STDIN takes them as they are:
-- s3://bucket/it's/orders/dt=2026-03-07/orders_2026-03-07_part-00000-of-00002.csv
-- s3://bucket/it's/orders/dt=2026-03-07/orders_2026-03-07_part-00001-of-00002.csv
-- Run this in one transaction. Added columns are not loaded.
CREATE TABLE pg_temp."dayfile_stage" (
  "order_id" text,
  "ordered_at" timestamptz,
  "note" text,
  "total" numeric,
  "items" bigint,
  "tags" json,
  "gift" boolean,
  "due_on" date,
  "select" text,
  "__proto__" text,
  "we""ird `na\me'); DROP TABLE x; --" text,
  "added later" text
);

COPY pg_temp."dayfile_stage" (
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
  "we""ird `na\me'); DROP TABLE x; --",
  "added later"
) FROM STDIN WITH (FORMAT csv, HEADER match, NULL '', ENCODING 'UTF8');

INSERT INTO "shop"."orders" (
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
)
SELECT
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
FROM pg_temp."dayfile_stage";

DROP TABLE pg_temp."dayfile_stage";
