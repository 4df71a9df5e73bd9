-- The day after which no follow-up data are owed under an authorisation: it was replaced or stopped.
ALTER TABLE read.authorisations ADD COLUMN owed_until date;
