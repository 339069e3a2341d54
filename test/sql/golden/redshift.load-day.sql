-- COPY loads all objects whose key has the prefix; fields match columns in order.
-- https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-source-s3.html
-- FILLRECORD fills missing columns at the end; EMPTYASNULL is for two delimiters in succession.
-- https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html
-- NULL AS: the default is '\N'; NULL AS '' does what EMPTYASNULL does, which FILLRECORD needs for VARCHAR.
-- https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html

-- COPY goes by position: name the columns of the files (option columns or published) where they have others.
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
)
FROM 's3://bucket/it''s/orders/dt=2026-03-07/orders_2026-03-07'
IAM_ROLE 'acme.reader'
FORMAT AS CSV
GZIP
IGNOREHEADER 1
FILLRECORD
EMPTYASNULL
NULL AS ''
TIMEFORMAT 'auto'
ENCODING UTF8;
