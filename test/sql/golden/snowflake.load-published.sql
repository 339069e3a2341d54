-- By name: PARSE_HEADER and MATCH_BY_COLUMN_NAME with ERROR_ON_COLUMN_COUNT_MISMATCH = FALSE. An enclosed empty
-- field is the empty string, one that is not is NULL. ESCAPE_UNENCLOSED_FIELD and NULL_IF have backslash defaults.
-- https://docs.snowflake.com/en/sql-reference/sql/copy-into-table
-- FILES: up to 1000 names, put behind the location. SKIP_BYTE_ORDER_MARK is TRUE.
-- https://docs.snowflake.com/en/sql-reference/sql/copy-into-table

COPY INTO "SHOP"."ORDERS"
FROM 's3://bucket/it\'s/orders/dt=2026-03-07/'
FILES = ('orders_2026-03-07_part-00000-of-00002.csv', 'orders_2026-03-07_part-00001-of-00002.csv')
FILE_FORMAT = (
  TYPE = CSV
  COMPRESSION = NONE
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
