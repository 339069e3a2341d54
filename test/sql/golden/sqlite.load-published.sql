-- .import: --csv, --skip, --schema, and a command behind |.
-- https://sqlite.org/cli.html#importing_files_as_csv_or_other_formats

-- For the sqlite3 program, with -bail. .import stores every empty field as '', which in text columns loses NULL.
-- Added columns are not loaded.
CREATE TABLE temp."dayfile_stage" (
  "order_id" TEXT NOT NULL,
  "ordered_at" TEXT NOT NULL,
  "note" TEXT NOT NULL,
  "total" TEXT NOT NULL,
  "items" TEXT NOT NULL,
  "tags" TEXT NOT NULL,
  "gift" TEXT NOT NULL CONSTRAINT "gift is true or false" CHECK ("gift" IN ('true', 'false', '')),
  "due_on" TEXT NOT NULL,
  "select" TEXT NOT NULL,
  "__proto__" TEXT NOT NULL,
  "we""ird `na\me'); DROP TABLE x; --" TEXT NOT NULL,
  "added later" TEXT NOT NULL
);

.import --csv --skip 1 --schema "temp" "|aws s3 cp 's3://bucket/it'\\''s/orders/dt=2026-03-07/orders_2026-03-07_part-00000-of-00002.csv' -" "dayfile_stage"
.import --csv --skip 1 --schema "temp" "|aws s3 cp 's3://bucket/it'\\''s/orders/dt=2026-03-07/orders_2026-03-07_part-00001-of-00002.csv' -" "dayfile_stage"

CREATE TABLE temp."dayfile_count" (
  "rows" INTEGER CONSTRAINT "2026-03-07 has 41 rows" CHECK ("rows" = 41)
);
INSERT INTO temp."dayfile_count"
SELECT count(*) FROM temp."dayfile_stage";

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
  "__proto__",
  "we""ird `na\me'); DROP TABLE x; --"
)
SELECT
  "order_id",
  NULLIF("ordered_at", ''),
  "note",
  NULLIF("total", ''),
  NULLIF("items", ''),
  NULLIF("tags", ''),
  CASE "gift" WHEN 'true' THEN 1 WHEN 'false' THEN 0 END,
  NULLIF("due_on", ''),
  "select",
  "__proto__",
  "we""ird `na\me'); DROP TABLE x; --"
FROM temp."dayfile_stage"
WHERE EXISTS (SELECT 1 FROM temp."dayfile_count");

DROP TABLE temp."dayfile_stage";
DROP TABLE temp."dayfile_count";
