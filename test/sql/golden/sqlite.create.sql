-- Numbers of a NUMERIC column are integers or floating point; text is kept as it is.
-- https://sqlite.org/datatype3.html

CREATE TABLE "shop"."orders" (
  "order_id" TEXT NOT NULL,
  "ordered_at" TEXT NOT NULL,
  "note" TEXT,
  "total" TEXT,
  "items" INTEGER,
  "tags" TEXT,
  "gift" INTEGER,
  "due_on" TEXT,
  "select" TEXT,
  "__proto__" TEXT,
  "we""ird `na\me'); DROP TABLE x; --" TEXT
);
