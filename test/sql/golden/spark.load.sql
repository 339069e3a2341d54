-- Partitions that lie in the folders are registered by MSCK REPAIR TABLE or ADD PARTITION.
-- https://spark.apache.org/docs/latest/sql-ref-syntax-sql-repair-table.html

MSCK REPAIR TABLE `shop`.`orders`;
