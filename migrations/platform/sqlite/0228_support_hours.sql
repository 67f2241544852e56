-- For how many hours support asked to look.
ALTER TABLE support_asks ADD COLUMN hours INTEGER NOT NULL DEFAULT 4 CHECK (hours BETWEEN 1 AND 72);
