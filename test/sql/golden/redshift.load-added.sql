-- A column list maps fields to columns in order; COPY has no way to leave a field out.
-- https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-column-mapping.html
-- A temporary table is of the session, and goes before one of the same name.
-- https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
-- NULL AS: the default is '\N'; NULL AS '' does what EMPTYASNULL does, which FILLRECORD needs for VARCHAR.
-- https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html

-- Run this in one transaction. Added columns are not loaded.
CREATE TEMP TABLE "dayfile_stage" (
  "order_id" VARCHAR(65535),
  "ordered_at" TIMESTAMPTZ,
  "note" VARCHAR(65535),
  "total" DECIMAL(38, 9),
  "items" BIGINT,
  "tags" VARCHAR(65535),
  "gift" BOOLEAN,
  "due_on" DATE,
  "select" VARCHAR(65535),
  "__proto__" VARCHAR(65535),
  "added later" VARCHAR(65535),
  "column 12" VARCHAR(65535)
);

COPY "dayfile_stage" (
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
  "added later",
  "column 12"
)
FROM 's3://bucket/it''s/orders/dt=2026-03-07/orders_2026-03-07'
IAM_ROLE default
FORMAT AS CSV
GZIP
IGNOREHEADER 1
EMPTYASNULL
NULL AS ''
TIMEFORMAT 'auto'
ENCODING UTF8;

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
  "__proto__"
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
  "__proto__"
FROM "dayfile_stage";

DROP TABLE "dayfile_stage";
