-- From when on the agency is reminded that a holder is still to be informed.
ALTER TABLE read.holder_files ADD COLUMN remind_on date;
CREATE INDEX holder_files_remind ON read.holder_files (remind_on) WHERE remind_on IS NOT NULL;
