-- MANIFEST: the source is a list of files as JSON, of which mandatory ones have to be there.
-- https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html
-- NULL AS: the default is '\N'; NULL AS '' does what EMPTYASNULL does, which FILLRECORD needs for VARCHAR.
-- https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html

COPY "shop"."orders" (
  "order_id",
  "ordered_at",
  "note",
  "total"
)
FROM 's3://bucket/it''s\\orders.json'
IAM_ROLE default
MANIFEST
FORMAT AS CSV
GZIP
IGNOREHEADER 1
EMPTYASNULL
NULL AS ''
TIMEFORMAT 'auto'
ENCODING UTF8;
