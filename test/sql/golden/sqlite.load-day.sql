-- .import: --csv, --skip, --schema, and a command behind |.
-- https://sqlite.org/cli.html#importing_files_as_csv_or_other_formats

-- For the sqlite3 program. .import goes by position, leaves added columns out, and stores every empty field
-- as ''. In text columns that loses NULL; in the others, where '' is no value, the UPDATE brings it back. A file that
-- is missing or cut it takes for a shorter one: option published has the rows counted.
.import --csv --skip 1 --schema "shop" "|aws s3 cp 's3://bucket/it'\\''s/orders/dt=2026-03-07/orders_2026-03-07.csv.gz' - | gzip -dc" "orders"
UPDATE "shop"."orders" SET
  "total" = NULLIF("total", ''),
  "items" = NULLIF("items", ''),
  "tags" = NULLIF("tags", '')
WHERE '' IN ("total", "items", "tags");
