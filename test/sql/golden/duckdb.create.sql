-- DECIMAL(38, 9) is exact; TIMESTAMPTZ has microseconds.
-- https://duckdb.org/docs/stable/sql/data_types/overview

CREATE TABLE "shop"."orders" (
  "order_id" VARCHAR NOT NULL,
  "ordered_at" TIMESTAMPTZ NOT NULL,
  "note" VARCHAR,
  "total" DECIMAL(38, 9),
  "items" BIGINT,
  "tags" JSON,
  "gift" BOOLEAN,
  "due_on" DATE,
  "select" VARCHAR,
  "__proto__" VARCHAR,
  "we""ird `na\me'); DROP TABLE x; --" VARCHAR
);
