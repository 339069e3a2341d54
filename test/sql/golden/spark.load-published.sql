-- Partitions that lie in the folders are registered by MSCK REPAIR TABLE or ADD PARTITION.
-- https://spark.apache.org/docs/latest/sql-ref-syntax-sql-repair-table.html

ALTER TABLE `shop`.`orders` ADD IF NOT EXISTS PARTITION (`dt` = DATE'2026-03-07');
