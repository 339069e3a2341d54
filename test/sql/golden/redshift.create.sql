-- VARCHAR holds 65535 bytes at most; DECIMAL has 38 digits.
-- https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html

CREATE TABLE "shop"."orders" (
  "order_id" VARCHAR(65535) NOT NULL,
  "ordered_at" TIMESTAMPTZ NOT NULL,
  "note" VARCHAR(65535),
  "total" DECIMAL(38, 9),
  "items" BIGINT,
  "tags" VARCHAR(65535),
  "gift" BOOLEAN,
  "due_on" DATE,
  "select" VARCHAR(65535),
  "__proto__" VARCHAR(65535),
  "we""ird `na\me'); DROP TABLE x; --" VARCHAR(65535)
)
SORTKEY ("ordered_at");
