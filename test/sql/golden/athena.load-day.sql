-- Partition projection needs no MSCK REPAIR and no ADD PARTITION.
-- https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html

-- Nothing to load: partition projection finds the files of every day. This counts the rows that are there.
SELECT "dt", count(*) AS "rows"
FROM "shop"."orders"
WHERE "dt" = '2026-03-07'
GROUP BY "dt"
ORDER BY "dt";
