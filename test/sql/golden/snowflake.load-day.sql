-- By name: PARSE_HEADER and MATCH_BY_COLUMN_NAME with ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE. An enclosed empty
-- field is the empty string, one that is not is NULL. ESCAPE_UNENCLOSED_FIELD and NULL_IF have backslash defaults.
-- https://docs.snowflake.com/en/sql-reference/sql/copy-into-table

COPY INTO "SHOP"."ORDERS"
FROM 's3://bucket/it\'s/orders/dt=2026-03-07/'
STORAGE_INTEGRATION = "acme.reader"
PATTERN = '.*[.]csv[.]gz'
FILE_FORMAT = (
  TYPE = CSV
  COMPRESSION = GZIP
  PARSE_HEADER = TRUE
  FIELD_OPTIONALLY_ENCLOSED_BY = '"'
  EMPTY_FIELD_AS_NULL = TRUE
  NULL_IF = ()
  ESCAPE_UNENCLOSED_FIELD = NONE
  DATE_FORMAT = 'YYYY-MM-DD'
  TIMESTAMP_FORMAT = AUTO
  ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE
)
MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
ON_ERROR = ABORT_STATEMENT;
