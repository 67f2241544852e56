-- The space that a template came from: who sees that sees the template. NULL: everybody does.
ALTER TABLE tasks_templates ADD COLUMN space_id UUID;
