-- The owner said no to a question of support's.
ALTER TABLE support_asks ADD COLUMN declined_at TIMESTAMPTZ;
