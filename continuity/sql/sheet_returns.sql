-- How far the holder of a block told that it was used, and when she told so last.
ALTER TABLE read.sheet_blocks ADD COLUMN last_used integer, ADD COLUMN returned_at timestamptz;
