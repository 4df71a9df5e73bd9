-- How much is still to be told to holders and ministers of extensions and cessations, and since when.
ALTER TABLE read.criteria_sheets ADD COLUMN to_tell integer, ADD COLUMN to_tell_since date;
ALTER TABLE read.holder_files ADD COLUMN to_tell integer, ADD COLUMN to_tell_since date;
