-- json keeps the text as it is; numeric has no bounds unless told.
-- https://www.postgresql.org/docs/current/datatype.html

CREATE TABLE "shop"."orders" (
  "order_id" text NOT NULL,
  "ordered_at" timestamptz NOT NULL,
  "note" text,
  "total" numeric,
  "items" bigint,
  "tags" json,
  "gift" boolean,
  "due_on" date,
  "select" text,
  "__proto__" text,
  "we""ird `na\me'); DROP TABLE x; --" text
);
