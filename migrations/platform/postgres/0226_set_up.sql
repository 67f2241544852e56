-- Somebody said that all that is set up first is: since then the list of it is gone.
ALTER TABLE organisations ADD COLUMN set_up_at TIMESTAMPTZ;
