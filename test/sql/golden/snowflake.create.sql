-- NUMBER(38, 9) is exact; unquoted identifiers resolve in upper case.
-- https://docs.snowflake.com/en/sql-reference/identifiers-syntax

CREATE TABLE "SHOP"."ORDERS" (
  "ORDER_ID" VARCHAR NOT NULL,
  "ORDERED_AT" TIMESTAMP_TZ NOT NULL,
  "NOTE" VARCHAR,
  "TOTAL" NUMBER(38, 9),
  "ITEMS" BIGINT,
  "TAGS" VARCHAR,
  "GIFT" BOOLEAN,
  "DUE_ON" DATE,
  "SELECT" VARCHAR,
  "__PROTO__" VARCHAR,
  "we""ird `na\me'); DROP TABLE x; --" VARCHAR
);
